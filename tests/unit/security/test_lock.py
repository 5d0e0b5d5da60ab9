"""The pins have hashes, and an audit that asked nobody says so."""

from __future__ import annotations

import importlib.util
import json
import re
from importlib.metadata import distributions
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
# Of every environment, and none that a run imports.
UNPINNED = {"pip", "setuptools", "wheel", "lis-sim"}


def module(name: str) -> ModuleType:
    found = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    made = importlib.util.module_from_spec(found)
    found.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def lock() -> Any:
    return module("lock")


@pytest.fixture(scope="module")
def pins(lock: Any) -> dict[str, str]:
    found: dict[str, str] = lock.read_pins((ROOT / "constraints.txt").read_text())
    return found


def test_every_pin_has_a_hash_and_nothing_else_is_locked(lock: Any, pins: dict[str, str]) -> None:
    hashes = lock.read_lock((ROOT / "requirements.lock").read_text())
    assert set(hashes) == {f"{name}=={version}" for name, version in pins.items()}, "make lock"
    assert all(hashes.values())


def test_the_lock_is_what_its_maker_writes(lock: Any, pins: dict[str, str]) -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert lock.render(pins, lock.read_lock(text)) == text
    assert "://" not in text, "no index is named"


def test_what_pip_installed_is_compared(lock: Any, tmp_path: Path) -> None:
    hashes = lock.read_lock((ROOT / "requirements.lock").read_text())
    ray = next(pin for pin in hashes if pin.startswith("ray=="))
    version = ray.partition("==")[2]

    def report(digits: str | None, build: str = "") -> Path:
        info = {"archive_info": {"hashes": {"sha256": digits}}} if digits else {"dir_info": {}}
        one = {"metadata": {"name": "Ray", "version": version + build}, "download_info": info}
        (tmp_path / "report.json").write_text(json.dumps({"install": [one]}))
        return tmp_path / "report.json"

    known = min(hashes[ray])
    lock.check(report(known))
    lock.check(report(known, "+cpu"))
    for digits in ("0" * 64, None):
        with pytest.raises(SystemExit, match=r"not in requirements\.lock; if you trust"):
            lock.check(report(digits))


def test_a_pin_without_a_hash_is_refused(lock: Any) -> None:
    with pytest.raises(SystemExit, match="make lock"):
        lock.read_lock("ray @ file:///tmp/ray.whl\n")
    with pytest.raises(SystemExit, match="no wheel"):
        lock.render({"ray": "1"}, {})


def test_what_is_installed_is_pinned(lock: Any, pins: dict[str, str]) -> None:
    """What a build of torch brings, and optional extras, may be there too."""
    known = {lock._key(name) for name in pins}
    wanted: set[str] = set()
    for one in distributions():
        if lock._key(one.metadata["Name"]) == "lis-sim":
            plain = [r for r in one.requires or () if "extra ==" not in r or "'dev'" in r]
            wanted |= {lock._key(re.split(r"[\s<>=!~;\[]", r, maxsplit=1)[0]) for r in plain}
    assert wanted - known - UNPINNED == set()


HOLES = [{"name": "requests", "version": "2.19.0", "vulns": [{"id": "CVE-2018-18074"}]}]
FINE = [{"name": "ray", "version": "2.60.0", "vulns": []}]
SKIPPED = [{"name": "ray", "skip_reason": "not found"}]


UNSAID = "NOT AUDITED: 2 of 3 pinned packages; audited: 1 pinned packages, no known hole"


@pytest.mark.parametrize(
    ("canary", "packages", "asked", "code", "last"),
    [
        ([], [], 1, 0, "NOT AUDITED: no vulnerability service answers here"),
        (SKIPPED, SKIPPED, 1, 0, "NOT AUDITED: no vulnerability service answers here"),
        (FINE, FINE, 1, 0, "NOT AUDITED: no vulnerability service answers here"),
        (HOLES, SKIPPED, 1, 0, "NOT AUDITED: the vulnerability service knew none of the packages"),
        (HOLES, FINE, 1, 0, "audited: 1 pinned packages, no known hole"),
        (HOLES, FINE, 3, 0, UNSAID),
        (HOLES, HOLES, 1, 1, "audited: 1 pinned packages, 1 with known holes"),
    ],
)
def test_an_audit_is_never_green_by_itself(
    canary: list[Any], packages: list[Any], asked: int, code: int, last: str
) -> None:
    found, lines = module("audit").judged(canary, packages, asked)
    assert (found, lines[-1]) == (code, last)


@pytest.mark.parametrize("text", ["", "No known vulnerabilities found", "{", '{"x": 1}', "[]"])
def test_what_is_no_answer_counts_as_none(text: str) -> None:
    assert module("audit").read(text) == []


def test_ci_installs_the_lock_by_hash_beside_the_wheel_and_audits() -> None:
    """The development environment, which `make setup` makes, is installed by version alone."""
    text = (ROOT / ".ci" / "run").read_text()
    assert "--require-hashes --no-deps --requirement requirements.lock" in text
    assert ".ci/audit.py" in text
