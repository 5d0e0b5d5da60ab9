"""Write requirements.lock: every pin of constraints.txt with the sha256 of its files.

    make lock        (minutes: pip is asked once for every Python and processor)

pip names the file that it would install and its checksum; nothing is downloaded. Hashes that the
lock has for the same version are kept, so a build from another index (torch for CPU only) stays
accepted once it was locked on a machine that has it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints.txt"
LOCK = ROOT / "requirements.lock"
PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = ("x86_64", "aarch64")
GLIBC = ("2_28", "2_27", "2_26", "2_24", "2_17", "2_12", "2_5")
OLD_NAMES = ("manylinux2014", "manylinux2010", "manylinux1")
_LINE = re.compile(r"^([A-Za-z0-9._-]+)==(\S+?)((?: --hash=sha256:[0-9a-f]{64})*)$")
_HEAD = """\
# constraints.txt with the sha256 of every file that pip may take for it (Linux, x86_64 and aarch64,
# Python 3.11 to 3.13). Written by `make lock`; an installation that takes nothing else:
#   pip install --require-hashes --no-deps -r requirements.lock
"""

Pins = dict[str, str]  # name as constraints.txt writes it -> version
Hashes = dict[str, set[str]]  # name==version -> hex digits


def read_pins(text: str) -> Pins:
    """Return the pins of constraints.txt."""
    lines = (line.strip() for line in text.splitlines())
    return dict(line.split("==", 1) for line in lines if line and not line.startswith("#"))


def read_lock(text: str) -> Hashes:
    """Return the hashes of a lock, by pin."""
    found: Hashes = {}
    for line in text.replace(" \\\n    ", " ").splitlines():
        match = _LINE.fullmatch(line.strip())
        if match:
            digits = re.findall(r"sha256:([0-9a-f]{64})", match[3])
            found[f"{match[1]}=={match[2]}"] = set(digits)
        elif line and not line.startswith("#"):
            raise SystemExit(f"{LOCK.name}: {line!r} is no pin with hashes; run `make lock`")
    return found


def render(pins: Pins, hashes: Hashes) -> str:
    """Return the text of the lock."""
    lines = [_HEAD]
    for name, version in sorted(pins.items(), key=lambda pin: pin[0].lower()):
        pin = f"{name}=={version}"
        digits = sorted(hashes.get(pin, ()))
        if not digits:
            raise SystemExit(f"{pin}: pip found no wheel of it on any platform")
        lines.append(" \\\n    ".join([pin, *(f"--hash=sha256:{one}" for one in digits)]) + "\n")
    return "".join(lines)


def asked(pins: Pins, *where: str, environment: dict[str, str] | None = None) -> Hashes:
    """Return what pip would install of ``pins``."""
    wanted = [f"{name}=={version}" for name, version in pins.items()]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
        command += ["install", "-qq", "--dry-run", "--ignore-installed", "--no-deps"]
        command += ["--only-binary=:all:", "--report", str(report), *where]
        command += ["--target", str(Path(folder) / "nowhere"), *wanted]
        subprocess.run(command, check=True, env=environment)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    by_key = {_key(name): f"{name}=={version}" for name, version in pins.items()}
    return {
        by_key[_key(one["metadata"]["name"])]: {
            one["download_info"]["archive_info"]["hashes"]["sha256"]
        }
        for one in found
    }


def everywhere(pins: Pins) -> Hashes:
    """Return the hashes for this machine as pip is set up here, and for all platforms."""
    hashes: Hashes = {}
    plain = {
        k: v for k, v in os.environ.items() if k not in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL")
    }
    plain["PIP_CONFIG_FILE"] = os.devnull
    print("this machine", file=sys.stderr)
    _merge(hashes, asked(pins))
    for python in PYTHONS:
        for machine in MACHINES:
            print(f"Python {python}, {machine}", file=sys.stderr)
            where = ["--python-version", python, "--implementation", "cp"]
            for name in (*(f"manylinux_{glibc}" for glibc in GLIBC), *OLD_NAMES):
                where += ["--platform", f"{name}_{machine}"]
            _merge(hashes, asked(pins, *where, environment=plain))
    return hashes


def check(report: Path) -> None:
    """Compare what pip says that it has installed with the lock."""
    known = read_lock(LOCK.read_text(encoding="utf-8"))
    by_key = {_key(pin): digits for pin, digits in known.items()}
    for one in json.loads(report.read_text(encoding="utf-8"))["install"]:
        name, version = one["metadata"]["name"], one["metadata"]["version"]
        pin = f"{name}=={version.partition('+')[0]}"
        digits = one["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256")
        if digits not in by_key.get(_key(pin), ()):
            raise SystemExit(
                f"{name} {version} has the sha256 {digits}, which is not in {LOCK.name}; if you "
                "trust where it comes from, `make lock` on this machine adds it"
            )
        print(f"{name} {version}: its hash is in {LOCK.name}")


def main() -> None:
    """Renew the lock, or with ``--check REPORT`` compare what pip installed with it."""
    if sys.argv[1:2] == ["--check"]:
        check(Path(sys.argv[2]))
        return
    pins = read_pins(CONSTRAINTS.read_text(encoding="utf-8"))
    hashes = everywhere(pins)
    if LOCK.is_file():
        _merge(hashes, read_lock(LOCK.read_text(encoding="utf-8")))
    LOCK.write_text(render(pins, hashes), encoding="utf-8")
    print(f"{LOCK.name}: {len(pins)} pins")


def _merge(into: Hashes, more: Hashes) -> None:
    for pin, digits in more.items():
        into.setdefault(pin, set()).update(digits)


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
