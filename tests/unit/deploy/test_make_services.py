"""`make services` installs what is missing and keeps Debian from starting it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.deploy.deployed import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is absent")
# What the packages' scripts would ask, and hear: 101 is "do not".
APT = """#!/bin/sh
[ "$1" = install ] || exit 0
{policy} prometheus start; echo "policy $?" >> {told}
echo "$@" >> {told}
exit {code}
"""


def tool(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def installed(folder: Path, code: int = 0) -> tuple[subprocess.CompletedProcess[str], str]:
    """Install a service that is nowhere, by an apt-get that only tells what it is asked."""
    policy, told, tools = folder / "policy-rc.d", folder / "told", folder / "tools"
    tools.mkdir()
    tool(tools, "apt-get", APT.format(policy=policy, told=told, code=code))
    tool(tools, "sudo", '#!/bin/sh\nexec "$@"\n')
    done = subprocess.run(
        ["make", "-s", "services", "SERVICES=sh made-up-service", f"POLICY={policy}"],
        cwd=ROOT,
        env=os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done, told.read_text()


def test_a_service_is_not_started_when_it_is_installed(tmp_path: Path) -> None:
    done, told = installed(tmp_path)
    assert done.returncode == 0, done.stderr
    asked = "install -qq -y --no-install-recommends made-up-service"
    assert told.splitlines() == ["policy 101", asked]
    assert not (tmp_path / "policy-rc.d").exists()
    assert "systemctl disable made-up-service" in done.stdout


def test_a_failed_installation_leaves_no_policy(tmp_path: Path) -> None:
    done, _ = installed(tmp_path, code=100)
    assert done.returncode != 0
    assert not (tmp_path / "policy-rc.d").exists()


def test_a_policy_of_the_machine_stays(tmp_path: Path) -> None:
    tool(tmp_path, "policy-rc.d", "#!/bin/sh\nexit 7\n")
    done, told = installed(tmp_path)
    assert done.returncode == 0, done.stderr
    assert told.startswith("policy 7")
    assert (tmp_path / "policy-rc.d").exists()
