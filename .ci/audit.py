"""Look up every pinned package in a vulnerability service; say so when none was asked.

    make audit

Exit code 0: nothing known, or not every package was answered for (then the last line begins with
NOT AUDITED); 1: a pinned package has a known hole. pip-audit calls a package that it cannot look
up `skipped` and ends with success: so each must have an answer, and a package with known holes is
asked for first.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
TOOL = "pip-audit==2.10.1"
ENVIRONMENT = ROOT / "build" / "audit"  # of its own: what audits is none of what is audited
CANARY = "requests==2.19.0"  # holes known since 2018
PATIENCE_S = 300
Found = list[dict[str, Any]]


def read(text: str) -> Found:
    """Return the packages of pip-audit's JSON; none where it has printed none."""
    start = text.find("{")
    try:
        found = json.loads(text[start:])["dependencies"] if start >= 0 else []
    except (ValueError, KeyError):
        return []
    return list(found)


def judged(canary: Found, packages: Found, asked: int) -> tuple[int, list[str]]:
    """Return the exit code and the lines to print.

    >>> judged([], [], 2)
    (0, ['NOT AUDITED: no vulnerability service answers here'])
    >>> holes = [{"name": "requests", "version": "2.19.0", "vulns": [{"id": "CVE-1"}]}]
    >>> judged(holes, [{"name": "ray", "version": "1", "vulns": []}], 1)
    (0, ['audited: 1 pinned packages, no known hole'])
    >>> judged(holes, holes, 1)
    (1, ['requests 2.19.0: CVE-1', 'audited: 1 pinned packages, 1 with known holes'])
    """
    if not any(one.get("vulns") for one in canary):
        return 0, ["NOT AUDITED: no vulnerability service answers here"]
    answered = [one for one in packages if "vulns" in one]
    if not answered:
        return 0, ["NOT AUDITED: the vulnerability service knew none of the packages"]
    bad = [one for one in answered if one["vulns"]]
    lines = [
        f"{one['name']} {one['version']}: {', '.join(hole['id'] for hole in one['vulns'])}"
        for one in bad
    ]
    missing = asked - len(answered)
    unsaid = f"NOT AUDITED: {missing} of {asked} pinned packages; " if missing else ""
    said = f"{len(bad)} with known holes" if bad else "no known hole"
    return int(bool(bad)), [*lines, f"{unsaid}audited: {len(answered)} pinned packages, {said}"]


def main() -> int:
    """Audit the lock."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.is_file():
        venv.create(ENVIRONMENT, with_pip=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    installed = subprocess.run([*pip, "install", "-qq", "--no-compile", TOOL], check=False)
    if installed.returncode:
        print(f"NOT AUDITED: {TOOL} cannot be installed here")
        return 0
    pins = [line.split()[0] for line in LOCK.read_text().splitlines() if line[:1].isalnum()]
    canary = _asked(python, [CANARY])
    packages = _asked(python, pins) if canary else []
    code, lines = judged(canary, packages, len(pins))
    print("\n".join(lines))
    return code


def _asked(python: Path, pins: list[str]) -> Found:
    file = ENVIRONMENT / "pins.txt"
    file.write_text("\n".join(pins) + "\n")
    command = [str(python), "-m", "pip_audit", "--no-deps", "--disable-pip", "--format", "json"]
    command += ["--progress-spinner", "off", "--requirement", str(file)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        return []
    return read(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
