"""``lis-sim data``: one JSON object on stdout, tables otherwise."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lis_sim.cli.data import app
from lis_sim.data.dataset import Dataset
from lis_sim.errors import ConfigError, DataError
from tests.unit.data.logs import FIRST_S

RUNNER = CliRunner()


def run(*arguments: str) -> str:
    result = RUNNER.invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def run_json(*arguments: str) -> dict[str, Any]:
    content = json.loads(run(*arguments, "--json"))
    assert isinstance(content, dict)
    return content


def write_log(folder: Path) -> None:
    rows = [f"u{n % 3},i{n % 4},{FIRST_S + n},{n % 6},{n % 2},{n}" for n in range(24)]
    text = "\n".join(["who,what,when,stars,wifi,seconds", *rows])
    (folder / "log.csv").write_text(text + "\n")


OPTIONS = (
    *("--file", "log.csv", "--user", "who", "--item", "what", "--time", "when"),
    *("--label", "stars >= 3", "--categorical", "wifi", "--numeric", "seconds=0"),
)


def test_import_and_describe_from_options(tmp_path: Path) -> None:
    write_log(tmp_path)
    out = tmp_path / "out"
    said = run_json("import", str(out), "--source", str(tmp_path), *OPTIONS)
    assert said["rows"] == 24
    assert said["label_rate"] == 0.5
    assert said["path"] == str(out)
    assert Dataset.open(out).schema.numeric == ("seconds",)
    found = run_json("describe", str(out))
    assert found["rows"] == 24
    assert {c["column"] for c in found["columns"]} == {"wifi", "seconds"}
    tables = run("describe", str(out))
    assert "label rate per day" in tables
    assert "2023-11-14" in tables


def test_options_override_a_preset(tmp_path: Path) -> None:
    write_log(tmp_path)
    preset = tmp_path / "mine.yaml"
    preset.write_text(
        "name: mine\nfiles: [other.csv]\nuser: who\nitem: what\ntime: when\nlabel: stars >= 3\n"
        "categorical: [wifi]\nignored: [seconds]\n"
    )
    arguments = ("import", str(tmp_path / "out"), "--preset", str(preset))
    said = run_json(
        *arguments, "--source", str(tmp_path), "--file", "log.csv", "--label", "stars > 4"
    )
    assert said["name"] == "mine"
    assert said["positives"] == 4
    assert said["categorical"] == [{"name": "wifi", "size": 2}]


def test_a_file_without_header(tmp_path: Path) -> None:
    lines = [f"u{n}::i{n}::{FIRST_S}::{n % 2}" for n in range(4)]
    (tmp_path / "log.dat").write_text("\n".join(lines) + "\n")
    said = run_json(
        *("import", str(tmp_path / "out"), "--source", str(tmp_path), "--file", "log.dat"),
        *("--separator", "::", "--columns", "user,item,time,label"),
        *("--user", "user", "--item", "item", "--time", "time", "--label", "label"),
    )
    assert said["users"] == 4


def test_slates_in_compressed_lines(tmp_path: Path) -> None:
    lines = (
        json.dumps({"who": f"u{n}", "when": FIRST_S + n, "seen": ["a", f"i{n}"], "hit": ["a"]})
        for n in range(5)
    )
    (tmp_path / "parts").mkdir()
    packed = gzip.compress("\n".join(lines).encode())
    (tmp_path / "parts" / "part-0.jsonl.gz").write_bytes(packed)
    roles = ("--user", "who", "--time", "when", "--shown", "seen", "--clicked", "hit")
    out, source = tmp_path / "out", ("--source", str(tmp_path), "--file", "parts")
    said = run_json("import", str(out), *source, *roles)
    assert (said["rows"], said["positives"], said["request"]) == (10, 5, True)
    with pytest.raises(ConfigError, match="label is 'hit'; accepted: one of the two"):
        run("import", str(out), *source, *roles, "--label", "hit")


def test_options_override_the_slate_of_a_preset(tmp_path: Path) -> None:
    (tmp_path / "log.tsv").write_text(f"u\tt\ts\nx\t{FIRST_S}\ta:1 b:0\n")
    preset = tmp_path / "mine.yaml"
    preset.write_text(
        "name: mine\nfiles: [log.tsv]\nformat: tsv\nuser: u\ntime: t\n"
        "slate: {shown: s, mark: '-'}\n"
    )
    arguments = ("import", str(tmp_path / "out"), "--preset", str(preset))
    with pytest.raises(DataError, match="column 's': 'a:1'; accepted: items that end with '-1'"):
        run(*arguments, "--source", str(tmp_path))
    (tmp_path / "log.tsv").write_text(f"u\tt\ts\nx\t{FIRST_S}\ta-1 b-0\n")
    assert run_json(*arguments, "--source", str(tmp_path), "--time-unit", "s")["rows"] == 2


def test_synthetic(tmp_path: Path) -> None:
    arguments = ("synthetic", str(tmp_path / "w"), "--events", "500", "--users", "20")
    said = run_json(*arguments, "--items", "30")
    assert (said["rows"], said["items"]) == (500, 30)
    assert said["representations"] == ["content", "image", "text"]
    table = run(*arguments, "--items", "30", "--replace")
    assert said["fingerprint"] in table
    more = ("--replace", "--signal", "noise", "--set", "drift=0.1", "--population-seed", "4")
    other = run_json(*arguments, "--items", "30", *more)
    assert other["outcomes"][-1] == "noise"
    assert other["fingerprint"] != said["fingerprint"]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--set", "drift"), "--set 'drift' has no value; accepted: NAME=VALUE"),
        (("--set", "drift=[1"), r"--set 'drift=\[1': the value is no YAML"),
        (("--set", "drfit=1"), r"drfit is not a setting; did you mean 'drift'\?"),
        (("--signal", "noisy"), r"has 'noisy'; did you mean 'noise'\?"),
    ],
)
def test_knobs_that_are_none(tmp_path: Path, option: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        run("synthetic", str(tmp_path / "w"), *option)


def test_errors_reach_the_caller(tmp_path: Path) -> None:
    write_log(tmp_path)
    with pytest.raises(ConfigError, match="label is missing; required"):
        run("import", str(tmp_path / "out"), "--file", "log.csv", *OPTIONS[2:8])
    with pytest.raises(ConfigError, match="--numeric 'seconds=many': 'many' is not a number"):
        run("import", str(tmp_path / "out"), *OPTIONS[:-1], "seconds=many")
    with pytest.raises(DataError, match="no dataset at"):
        run("describe", str(tmp_path))
