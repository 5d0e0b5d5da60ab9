"""``lis-sim data``: import a log, describe a dataset, write a synthetic world."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lis_sim.cli.data_append import append_command
from lis_sim.cli.data_preference import import_preference_command
from lis_sim.cli.data_tables import show_description, show_import
from lis_sim.cli.terminal import Terminal
from lis_sim.data.dataset import Dataset
from lis_sim.data.describe import describe as describe_dataset
from lis_sim.data.formats import FORMATS, format_of
from lis_sim.data.import_spec import ImportSpec
from lis_sim.data.importing import Progress as ProgressCallback
from lis_sim.data.importing import import_log
from lis_sim.data.presets import load_preset, parse_spec
from lis_sim.data.spec_file import spec_mapping
from lis_sim.data.synthetic import SyntheticSpec, parse_synthetic, write_synthetic
from lis_sim.errors import ConfigError

WORLD = SyntheticSpec()
_ROLES_ALONE = (
    "name",
    "user",
    "item",
    "time",
    "label",
    "slate",
    "negatives",
)  # what a spec cannot be without

app = typer.Typer(no_args_is_help=True, help="Import, describe and make datasets.")
app.command("append")(append_command)
app.command("import-preference")(import_preference_command)

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Replace OUT when it exists.")]


@app.command("import")
def import_command(
    out: Annotated[Path, typer.Argument(help="Folder of the new dataset.")],
    preset: Annotated[str | None, typer.Option(help="Preset name, or a .yaml mapping.")] = None,
    source: Annotated[Path, typer.Option(help="Folder of the raw files.")] = Path(),
    name: Annotated[str | None, typer.Option(help="Name of the dataset.")] = None,
    files: Annotated[
        list[str] | None,
        typer.Option("--file", help="Raw file, also .gz or .zst, or folder of parts; repeat."),
    ] = None,
    file_format: Annotated[
        str | None, typer.Option("--format", help="csv, tsv, jsonl or parquet.")
    ] = None,
    separator: Annotated[str | None, typer.Option(help="Such as '::'.")] = None,
    columns: Annotated[
        str | None, typer.Option(help="Column names of a file without header: a,b,c.")
    ] = None,
    user: Annotated[str | None, typer.Option(help="User id column.")] = None,
    item: Annotated[str | None, typer.Option(help="Item id column.")] = None,
    id_type: Annotated[str | None, typer.Option(help="string or int.")] = None,
    time: Annotated[str | None, typer.Option(help="Event time column.")] = None,
    time_unit: Annotated[str | None, typer.Option(help="s, ms, us or iso.")] = None,
    label: Annotated[str | None, typer.Option(help="Column, or a rule: 'rating >= 4'.")] = None,
    label_time: Annotated[str | None, typer.Option(help="When the label was known.")] = None,
    conversion_window: Annotated[
        str | None,
        typer.Option(help="A positive counts so long after its event, such as 7d; --label-time."),
    ] = None,
    request: Annotated[str | None, typer.Option(help="Request id column.")] = None,
    shown: Annotated[
        str | None, typer.Option(help="Column of the list of shown items, of a row a request.")
    ] = None,
    clicked: Annotated[
        str | None, typer.Option(help="Column of the list of clicked items, with --shown.")
    ] = None,
    categorical: Annotated[
        list[str] | None, typer.Option(help="Feature known before the event: NAME or NAME=MISSING.")
    ] = None,
    numeric: Annotated[
        list[str] | None, typer.Option(help="Number known before the event: NAME or NAME=MISSING.")
    ] = None,
    outcomes: Annotated[
        list[str] | None, typer.Option("--outcome", help="Column known only after the event.")
    ] = None,
    ignored: Annotated[list[str] | None, typer.Option(help="Column to leave out.")] = None,
    negatives: Annotated[
        int | None,
        typer.Option(help="Of a log of positives: so many sampled negatives for each."),
    ] = None,
    drop_duplicates: Annotated[
        bool | None, typer.Option(help="Drop rows that repeat another in every column.")
    ] = None,
    memory_limit: Annotated[str, typer.Option(help="Such as 512MB or 4GB.")] = "1GB",
    replace_existing: ReplaceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Turn CSV, TSV, '::'-separated, JSONL or Parquet logs into a dataset folder."""
    given: dict[str, Any] = {
        "name": name,
        "files": files,
        "format": file_format,
        "separator": separator,
        "columns": columns.split(",") if columns else None,
        "header": False if columns else None,
        "user": user,
        "item": item,
        "id_type": id_type,
        "time": time,
        "time_unit": time_unit,
        "label": label,
        "label_time": label_time,
        "conversion_window": conversion_window,
        "request": request,
        "slate": _slate(shown, clicked),
        "categorical": [_feature(f, number=False) for f in categorical] if categorical else None,
        "numeric": [_feature(f, number=True) for f in numeric] if numeric else None,
        "outcomes": outcomes,
        "ignored": ignored,
        "negatives": None if negatives is None else {"per_positive": negatives},
        "drop_duplicates": drop_duplicates,
    }
    options = {key: value for key, value in given.items() if value is not None}
    spec = _spec(preset, options, out, source)
    with _progress() as say:
        dataset = import_log(spec.at(source), out, memory_limit, say, replace_existing)
    _show(dataset, as_json)


@app.command("describe")
def describe_command(
    dataset: Annotated[Path, typer.Argument(help="Dataset folder.")],
    memory_limit: Annotated[str, typer.Option(help="Such as 512MB or 4GB.")] = "1GB",
    as_json: JsonOption = False,
) -> None:
    """Counts, time range, label rate per day, cold starts, blemishes and leaking features."""
    found = describe_dataset(dataset, memory_limit)
    if as_json:
        typer.echo(json.dumps({**asdict(found), "leaks": [c.column for c in found.leaks]}))
    else:
        show_description(Terminal(), found)


@app.command("synthetic")
def synthetic_command(
    out: Annotated[Path, typer.Argument(help="Folder of the new dataset.")],
    events: Annotated[int, typer.Option(min=1)] = WORLD.events,
    users: Annotated[int, typer.Option(min=1)] = WORLD.users,
    items: Annotated[int, typer.Option(min=1)] = WORLD.items,
    days: Annotated[int, typer.Option(min=1)] = WORLD.days,
    seed: Annotated[int, typer.Option()] = WORLD.seed,
    population_seed: Annotated[
        int | None, typer.Option(help="Draw other users over the same catalogue.")
    ] = None,
    signals: Annotated[
        list[str] | None,
        typer.Option("--signal", help="One more outcome, such as corrupt_30 or noise."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any other knob of docs/worlds.md, such as drift=0.1; repeat."),
    ] = None,
    replace_existing: ReplaceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write a synthetic world whose truth is known."""
    given: dict[str, Any] = {
        "events": events,
        "users": users,
        "items": items,
        "days": days,
        "seed": seed,
        "population_seed": population_seed,
        "signals": signals or [],
    }
    spec = parse_synthetic(given | dict(map(_knob, settings or [])))
    with Terminal(stderr=True).status(f"writing {events:,} events"):
        dataset = write_synthetic(spec, out, replace_existing)
    _show(dataset, as_json)


def _spec(preset: str | None, options: dict[str, Any], out: Path, source: Path) -> ImportSpec:
    """Return the spec of a preset with options on top, or of the options alone."""
    if preset is None:
        options.setdefault("name", out.resolve().name)
        form = format_of(source / (options.get("files") or ["log.csv"])[0])
        options.setdefault("format", form if form in FORMATS else "csv")
        return parse_spec(options, "the options (no --preset given)")
    base = load_preset(preset)
    table = {
        key: options.pop(key)
        for key in ("files", "format", "separator", "columns", "header")
        if key in options
    }
    if "files" in table:
        table["files"] = tuple(table["files"])
    if "columns" in table:
        table["columns"] = tuple(table["columns"])
    given = {key: value for key, value in spec_mapping(base).items() if key in _ROLES_ALONE}
    if "slate" in options:
        given = {key: value for key, value in given.items() if key not in ("item", "label")}
    fresh = parse_spec({**given, "files": ["-"], **options}, "the options")
    changed = {
        key: getattr(fresh, key) for key in (*options, "slate", "item", "label", "negatives")
    }
    return replace(base, log=replace(base.log, **table), **changed)


def _slate(shown: str | None, clicked: str | None) -> dict[str, str] | None:
    found = {"shown": shown, "clicked": clicked}
    return {key: value for key, value in found.items() if value is not None} or None


def _feature(text: str, number: bool) -> dict[str, Any]:
    name, equals, missing = text.partition("=")
    if not equals:
        return {"name": name}
    if not number:
        return {"name": name, "missing": missing}
    try:
        return {"name": name, "missing": float(missing)}
    except ValueError as error:
        raise ConfigError(
            f"--numeric {text!r}: {missing!r} is not a number; accepted: NAME or NAME=NUMBER"
        ) from error


def _knob(text: str) -> tuple[str, Any]:
    """Return name and value of ``NAME=VALUE``; the value is read as YAML."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"--set {text!r} has no value; accepted: NAME=VALUE, such as drift=0.1")
    try:
        return name, yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {text!r}: the value is no YAML ({error})") from error


@contextmanager
def _progress() -> Iterator[ProgressCallback]:
    columns = (
        TextColumn("{task.description:>6}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Terminal(stderr=True)) as bar:
        task = bar.add_task("", total=None)

        def say(stage: str, done: int, total: int) -> None:
            bar.update(task, description=stage, completed=done, total=total or None)

        yield say


def _show(dataset: Dataset, as_json: bool) -> None:
    if not as_json:
        show_import(Terminal(), dataset)
        return
    content = {
        **asdict(dataset.record),
        "path": str(dataset.path),
        "label_rate": dataset.label_rate,
        "representations": dataset.representations(),
    }
    typer.echo(json.dumps(content))
