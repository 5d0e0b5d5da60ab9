"""Names from logs, presets, records and configs lead out of no folder; links neither."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.config import parse_config
from lis_sim.data.dataset import Dataset
from lis_sim.data.import_spec import Feature, ImportSpec, RawTable, RepresentationSource
from lis_sim.data.names import is_plain
from lis_sim.data.preferences import pairs_path
from lis_sim.data.preferences_file import PairsFile
from lis_sim.data.preferences_import import import_pairs
from lis_sim.data.presets import load_preset
from lis_sim.errors import LisSimError, RunError
from lis_sim.training.api import execute, prepare
from lis_sim.training.folder import RunFolder
from tests.unit.training import worlds

OUT = (
    "../evil",
    "/tmp/evil",
    "a/../../evil",
    "..",
    ".",
    ".hidden",
    "a\0b",
    "a\nb",
    "",
    "a/b",
    "a\\b",
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return worlds.make_world(tmp_path_factory.mktemp("paths") / "world")


@given(st.text(max_size=30))
def test_a_plain_name_is_one_file_in_its_folder(name: str) -> None:
    folder = Path("/a/b")
    if is_plain(name):
        assert (folder / f"{name}.parquet").resolve().parent == folder
        assert Path(name).name == name


@pytest.mark.parametrize("name", OUT)
def test_an_import_takes_no_name_that_leads_out(name: str) -> None:
    def spec(**changes: Any) -> ImportSpec:
        columns: Any = {"user": "u", "item": "i", "time": "t", "label": "click"}
        return ImportSpec(**({"name": "mine", "log": RawTable(("log.csv",))} | columns | changes))

    assert spec().name == "mine"
    for changes in ({"name": name}, {"categorical": (Feature(name),)}):
        with pytest.raises(LisSimError, match="accepted"):
            spec(**changes)
    with pytest.raises(LisSimError, match="accepted"):
        RepresentationSource(name, "vectors.parquet")


@pytest.mark.parametrize("name", OUT)
@pytest.mark.parametrize("key", ["name", "files", "categorical"])
def test_nor_does_a_record(world: Dataset, tmp_path: Path, key: str, name: str) -> None:
    folder = tmp_path / "world"
    shutil.copytree(world.path, folder)
    path = folder / "dataset.json"
    record = json.loads(path.read_text())
    if key == "name":
        record["name"] = name
    else:
        size = {"files": "rows", "categorical": "size"}[key]
        record[key] = [{"name": name, size: 5}]
    path.write_text(json.dumps(record))
    with pytest.raises(LisSimError, match=r"dataset\.json"):
        Dataset.open(folder)


@pytest.mark.parametrize("name", [one for one in OUT if one not in (".hidden", "")])
def test_nor_do_configs_and_pairs(world: Dataset, name: str) -> None:
    raw = {"name": "x", "data": {"synthetic": {}}}
    for changes in (
        {"name": name},
        {"preferences": [{"name": name}]},
        {"representations": [name]},
        {"content": name},
    ):
        with pytest.raises(LisSimError):
            parse_config(raw | changes)
    with pytest.raises(LisSimError):
        import_pairs(world, PairsFile(Path("pairs.csv")), name)
    if name in ("..", "."):
        assert pairs_path(world.path, name).resolve().parent.parent == world.path


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a\0b", "..", "../datasets/x"])
def test_a_preset_is_one_of_ours_or_a_yaml_file(name: str) -> None:
    with pytest.raises(LisSimError, match="accepted"):
        load_preset(name)


@pytest.mark.parametrize(
    "link", ["windows.jsonl", "config.partial", "config.yaml", "timings.jsonl"]
)
def test_a_run_folder_with_links_is_not_written(world: Dataset, tmp_path: Path, link: str) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear\n")
    config = worlds.config(world, training={"engine": "local", "device": "cpu"}, replicates=1)
    out = tmp_path / "run"
    RunFolder(out).claim(config, prepare(config, out).identity, restart=False)
    (out / link).unlink(missing_ok=True)
    (out / link).symlink_to(letter)
    with pytest.raises(RunError, match="links"):
        execute(prepare(config, out))
    assert letter.read_text() == "dear\n"
