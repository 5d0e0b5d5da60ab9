"""``lis-sim data import-preference``: pairs of items into a dataset."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lis_sim.cli.data_tables import show_pairs
from lis_sim.cli.terminal import Terminal
from lis_sim.data.dataset import Dataset
from lis_sim.data.preferences_file import PairsFile
from lis_sim.data.preferences_import import import_pairs


def import_preference_command(
    dataset: Annotated[Path, typer.Argument(help="Dataset folder.")],
    file: Annotated[Path, typer.Argument(help="CSV, TSV, JSONL or Parquet file, a row a pair.")],
    name: Annotated[str, typer.Option(help="What to call the pairs.")],
    item_a: Annotated[str, typer.Option(help="Column of the one item's id.")] = "item_a",
    item_b: Annotated[str, typer.Option(help="Column of the other item's id.")] = "item_b",
    weight: Annotated[str, typer.Option(help="Column of the weight.")] = "weight",
    time: Annotated[str | None, typer.Option(help="Column of when a pair was known.")] = None,
    time_unit: Annotated[str, typer.Option(help="s, ms, us or iso.")] = "s",
    user: Annotated[
        str | None, typer.Option(help="Column of whose behaviour a pair is made of.")
    ] = None,
    ignored: Annotated[list[str] | None, typer.Option(help="Column to leave out; repeat.")] = None,
    trained_until: Annotated[
        str | None, typer.Option(help="Of pairs without times: the last event they may have seen.")
    ] = None,
    unknown_items: Annotated[
        str, typer.Option(help="Items the dataset does not have: error or drop.")
    ] = "error",
    unknown_users: Annotated[
        str, typer.Option(help="Users who are not in the log: error, drop or keep.")
    ] = "error",
    file_format: Annotated[
        str | None, typer.Option("--format", help="csv, tsv, jsonl or parquet.")
    ] = None,
    memory_limit: Annotated[str, typer.Option(help="Such as 512MB or 4GB.")] = "1GB",
    replace_existing: Annotated[
        bool, typer.Option("--replace", help="Replace the pairs when they exist.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on stdout.")
    ] = False,
) -> None:
    """Add weighted pairs of items to a dataset, for preference data of kind `pairs`."""
    source = PairsFile(
        file,
        item_a,
        item_b,
        weight,
        time,
        time_unit,
        user,
        tuple(ignored or ()),
        trained_until,
        unknown_items,
        unknown_users,
        file_format,
    )
    with Terminal(stderr=True).status(f"reading {file.name}"):
        done = import_pairs(Dataset.open(dataset), source, name, memory_limit, replace_existing)
    if as_json:
        typer.echo(json.dumps({**asdict(done), "path": str(done.path)}))
    else:
        show_pairs(Terminal(), done)
