"""Nothing leaves the machine, whichever command and library: the kernel is asked.

Commands without Ray run in a network of their own, with the loopback and one way out that leads
nowhere; what is sent there is counted, a look-up of a name too. Ray's processes are looked at while
they run: none has a connection to elsewhere.
"""

from __future__ import annotations

import ipaddress
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
import yaml

from lis_sim.data.dataset import Dataset
from tests.slow.commands import ROOT, Command, end_session, session_processes
from tests.unit.data.logs import FIRST_S
from tests.unit.training.worlds import settings

pytestmark = pytest.mark.slow
STREAM = {"window": {"count": 4}, "step_events": 400, "cold_support": 5}

# IPv6 asks for routers by itself, so it is off.
SETUP = """
set -e
ip link set lo up
ip link add out0 type veth peer name out1
for one in out0 out1; do echo 1 > /proc/sys/net/ipv6/conf/$one/disable_ipv6; done
ip addr add 192.0.2.1/24 dev out0
ip link set out0 up
ip link set out1 up
ip route add default via 192.0.2.2 dev out0
sed -n 's/^ *out0: *//p' /proc/net/dev | awk '{ print $10 }'
set +e
eval "$COMMANDS" >&2 || { echo failed; exit 1; }
sed -n 's/^ *out0: *//p' /proc/net/dev | awk '{ print $10 }'
"""
CONTROL = "import socket; s = socket.socket(); s.settimeout(1); s.connect_ex(('198.51.100.1', 80))"


@pytest.fixture
def temporary() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="t"))
    yield folder
    shutil.rmtree(folder)


def sent(commands: list[list[str]], folder: Path, temporary: Path) -> int:
    """Run ``commands`` one after the other and return how many packets they sent outside."""
    if not all(map(shutil.which, ("unshare", "ip"))) or os.geteuid() != 0:
        pytest.skip("needs root, unshare (util-linux) and ip (iproute2)")
    lines = " && ".join(map(shlex.join, commands))
    environment = os.environ | {"COMMANDS": lines, "TMPDIR": str(temporary)}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        ["unshare", "--net", "bash", "-c", SETUP],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if not done.stdout.strip():
        pytest.skip(f"no network namespace here: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr[-3000:]
    before, after = map(int, done.stdout.split())
    return after - before


def test_the_way_out_is_counted(tmp_path: Path, temporary: Path) -> None:
    assert sent([[sys.executable, "-c", CONTROL]], tmp_path, temporary) > 0


def test_no_command_sends_anything(world: Dataset, tmp_path: Path, temporary: Path) -> None:
    rows = [f"u{n % 3},i{n % 4},{FIRST_S + n},{n % 2}" for n in range(240)]
    (tmp_path / "log.csv").write_text("\n".join(["user,item,time,click", *rows, ""]))
    lis = [str(Path(sys.executable).with_name("lis-sim"))]
    imported = [*lis, "data", "import", "out", "--source", str(tmp_path), "--file", "log.csv"]
    imported += ["--user", "user", "--item", "item", "--time", "time", "--label", "click"]
    run = settings(world, stream=STREAM, replicates=1, training={"engine": "local"})
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(run))
    commands = [
        imported,
        [*lis, "data", "describe", "out"],
        [*lis, "run", "run.yaml", "--out", "one"],
        [*lis, "report", "one"],
    ]
    assert sent(commands, tmp_path, temporary) == 0
    assert (tmp_path / "one" / "summary.json").is_file()


@pytest.mark.ray
def test_ray_connects_to_nobody_and_counts_nothing(command: Callable[..., Command]) -> None:
    one = command("ray")
    process = one.start()
    seen: set[str] = set()
    usage = []
    while process.poll() is None:
        seen |= peers(session_processes(process.pid))
        usage += named(one.temporary, "usage_stats.json")
        time.sleep(0.5)
    assert process.returncode == 0, process.communicate()[1][-2000:]
    assert seen, "it talks to itself, by the loopback"
    assert not [one for one in seen if not ipaddress.ip_address(one).is_loopback]
    assert usage == []
    end_session(process)


def named(folder: Path, name: str) -> list[str]:
    """Return the folders under one that hold a file of that name; others may be writing there."""
    # os.walk passes over a folder that is removed while it looks; pathlib's rglob raises.
    return [place for place, _, files in os.walk(folder) if name in files]


def peers(processes: Iterable[int]) -> set[str]:
    """Return the addresses that sockets of the processes are connected to."""
    own: set[str] = set()
    for process in processes:
        for link in Path(f"/proc/{process}/fd").glob("*"):
            try:
                own.add(str(link.readlink()))
            except OSError:
                continue  # it has ended, or closed the file
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            address = fields[2].partition(":")[0]
            if f"socket:[{fields[9]}]" in own and int(address, 16):
                found.add(readable(address))
    return found


def readable(address: str) -> str:
    """Return an address as /proc/net has it, four bytes at a time the other way round.

    >>> readable("0100007F")
    '127.0.0.1'
    """
    words = [bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8)]
    ip = ipaddress.ip_address(b"".join(words))
    mapped = getattr(ip, "ipv4_mapped", None)
    return str(mapped or ip)
