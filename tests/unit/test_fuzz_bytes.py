"""The readers that are fuzzed by coverage, tried without it: seeds, damage, and what is told."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import fuzz_bytes
from benchmarks.fuzz_bytes_part import FAILURES, INPUT, failure_of, mutated, words
from benchmarks.fuzz_readers import READERS
from lis_sim.errors import LisSimError, RunError
from tests.fuzz.settings_damage import PIECES

FORMS = {
    "json": b'{"a": [1, {"b": {}}], "c": []}',
    "lines": b'{}\n{"a": 1}\n[]\nhalf',
    "arrays": (8).to_bytes(8, "little") + b'{"a": 1}data',
}


@pytest.mark.parametrize("name", READERS)
def test_seeds_are_read(name: str, tmp_path: Path) -> None:
    for at, seed in enumerate(READERS[name].seeds()):
        (tmp_path / str(at)).mkdir()
        READERS[name].read(seed, tmp_path / str(at))


@pytest.mark.parametrize("name", READERS)
def test_damage_ends_in_an_error_of_ours(name: str, tmp_path: Path) -> None:
    reader, random = READERS[name], Random(7)
    seeds = [seed for seed in reader.seeds() if len(seed) < 20_000]
    for _ in range(25):
        data = random.choice(seeds)
        at = random.randrange(len(data) + 1)
        cut = data[:at] + random.choice([one for one in PIECES if len(one) < 6_000]) + data[at:]
        for one in (cut, data[:at], mutated(data, reader.form, random) or b""):
            assert failure_of(reader.read, one, tmp_path, LisSimError) is None, one


@pytest.mark.parametrize(
    ("name", "data"),
    [("summary", b'{"schema": "' + b"9" * 5_000 + b'"}')],
)
def test_what_was_found_stays_found(name: str, data: bytes, tmp_path: Path) -> None:
    assert failure_of(READERS[name].read, data, tmp_path, LisSimError) is None


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=30, deadline=None)
@given(seeds=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=8))
def test_mutants_are_json_again(form: str, seeds: list[int]) -> None:
    data = FORMS[form]
    for seed in seeds:
        found = mutated(data, form, Random(seed))
        assert found == mutated(data, form, Random(seed))
        if found is None:
            break
        if form == "json":
            json.loads(found)
        if form == "arrays":
            length = int.from_bytes(found[:8], "little")
            json.loads(found[8 : 8 + length])
            assert found.endswith(b"data")
        data = found


def test_what_is_a_failure(tmp_path: Path) -> None:
    def read(data: bytes, folder: Path) -> None:
        if data == b"ours":
            raise RunError("the file has no end; accepted: one with an end")
        if data == b"long":
            raise RunError("x" * 5_000)
        if data == b"odd":
            raise RunError("half \ud800")
        if data == b"theirs":
            raise KeyError("user")

    assert failure_of(read, b"", tmp_path, LisSimError) is None
    assert failure_of(read, b"ours", tmp_path, LisSimError) is None
    for data, said in {b"long": "5,000 char", b"odd": "printed", b"theirs": "KeyError"}.items():
        found = failure_of(read, data, tmp_path, LisSimError)
        assert found is not None
        assert said in found[1]
        assert "test_fuzz_bytes.py:" in found[0]


def test_the_dictionary_is_one_of_libfuzzer() -> None:
    lines = words([b'{"window": 3}']).splitlines()
    assert all(line[0] == line[-1] == '"' and len(line) <= 2 + 4 * 60 for line in lines)
    assert "".join(f"\\x{one:02x}" for one in b'"window"') in lines[0]


def test_without_atheris_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert fuzz_bytes.main(["json"]) == 1
    assert "pip install 'atheris>=3'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["jason"], "did you mean 'json'?; accepted: yaml, json, "),
        (["--seconds", "0"], "whole numbers from 1"),
        (["--seed", "0"], "whole numbers from 1"),
    ],
)
def test_wrong_arguments(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        fuzz_bytes.main(arguments)
    assert ended.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())


CHILD = """
import json, sys
from pathlib import Path
folder = Path(sys.argv[-1])
line = dict(place="KeyError at a.py:3", message="K", bytes="00ff")
(folder / {failures!r}).write_text(json.dumps(line))
(folder / ({input!r} + "timeout-1")).write_bytes(b"slow")
print("#12\\tNEW    cov: 34 ft: 9", file=sys.stderr)
sys.exit(70)
"""


def test_failures_are_told_with_their_bytes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    child = tmp_path / "child"
    text = CHILD.format(failures=FAILURES, input=INPUT)
    child.write_text(f"#!{sys.executable}\n{text}")
    child.chmod(0o755)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(sys, "executable", str(child))
    out = io.StringIO()
    assert fuzz_bytes.main(["json", "--seconds", "1", "--json"], out) == 1
    runs, failures = json.loads(out.getvalue())["figures"]
    assert (runs["name"], runs["value"]) == ("fuzz_bytes_runs", 12)
    assert runs["detail"] == "json: 12 (34 branches)"
    assert (failures["name"], failures["value"]) == ("fuzz_bytes_failures", 2)
    assert failures["met"] is False
    told = capsys.readouterr().err
    assert "input: b'\\x00\\xff'" in told
    assert "ended with 70" in told
    assert "input: b'slow'" in told
