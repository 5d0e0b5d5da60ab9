"""``import.yaml``: how a dataset was made of raw files, kept in its folder in a preset's form."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from lis_sim.data.import_spec import ImportSpec, RawTable
from lis_sim.data.presets import parse_spec
from lis_sim.errors import DataError
from lis_sim.plain import read_yaml

SPEC_FILE = "import.yaml"


def write_spec(spec: ImportSpec, folder: Path) -> None:
    """Write ``spec`` into the dataset ``folder``; where its raw files lay is left out."""
    text = yaml.safe_dump(spec_mapping(spec), sort_keys=False, allow_unicode=True)
    (folder / SPEC_FILE).write_text(text, encoding="utf-8")


def read_spec(folder: Path) -> ImportSpec:
    """Return the spec of the dataset in ``folder``; :class:`DataError` when it has none."""
    path = folder / SPEC_FILE
    if not path.is_file():
        raise DataError(
            f"{folder} has no {SPEC_FILE}, which says what its raw rows look like: it was not made "
            "by `lis-sim data import`, or by an older one; import the log again"
        )
    return parse_spec(read_yaml(path), str(path))


def spec_mapping(spec: ImportSpec) -> dict[str, Any]:
    """Return ``spec`` as :func:`~lis_sim.data.presets.parse_spec` reads it.

    >>> spec = ImportSpec("mine", RawTable(("log.csv",)), "u", "i", "t", "click")
    >>> parse_spec(spec_mapping(spec), "here") == spec
    True
    """
    plain = {key: value for key, value in asdict(spec).items() if key not in ("log", "folder")}
    plain |= _table(spec.log)
    if spec.slate is not None:  # which says what item and label are
        plain |= {"slate": _given(plain["slate"]), "item": None, "label": None}
    if spec.items is not None:
        items = {key: value for key, value in plain["items"].items() if key != "table"}
        plain["items"] = items | _table(spec.items.table)
    plain["label"] = plain["label"] or None
    plain["joined"] = {one.name: one.columns for one in spec.joined} or None
    return {key: _plain(value) for key, value in plain.items() if value is not None}


def _table(table: RawTable) -> dict[str, Any]:
    return _given(asdict(table))


def _given(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if value is not None}


def _plain(value: Any) -> Any:
    """Return lists for tuples, all the way down: YAML has no tuples."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
