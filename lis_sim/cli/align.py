"""``lis-sim align``."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from lis_sim.cli.json_stdout import json_stdout
from lis_sim.cli.terminal import Terminal
from lis_sim.errors import ConfigError, nearest

if TYPE_CHECKING:
    from lis_sim.alignment import Aligned
    from lis_sim.config import RunConfig
    from lis_sim.data.dataset import Dataset
    from lis_sim.preference import PreferenceSpec


def align_command(
    config: Annotated[
        Path, typer.Argument(help="YAML file, or the name of a config that comes with lis-sim.")
    ],
    content: Annotated[str, typer.Option(help="Representation of the dataset to align.")],
    preference: Annotated[str, typer.Option(help="Preference data of the config.")],
    until: Annotated[
        list[str],
        typer.Option(
            help="Events before this date, or the first share of them (0.4), may be seen. "
            "Repeat it, increasing, for one version each."
        ),
    ],
    name: Annotated[str, typer.Option(help="What to call the new representation.")],
    method: Annotated[str, typer.Option(help="ridge or contrastive.")] = "ridge",
    settings: Annotated[
        list[str] | None, typer.Option("--with", help="Setting of the method: NAME=VALUE.")
    ] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="Override a setting of the config: a.b=c.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace what has the name.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on stdout.")
    ] = False,
) -> None:
    """Align content vectors on preference data of the past and add them to the dataset.

    What a model aligned on this data could bring, without training that model: the vectors
    are an `aligned` arm of the next run, and their `ais` is to stay below `lis_crossfit`.
    """
    console = Terminal(stderr=True)
    with console.status("loading"):  # torch takes seconds
        from lis_sim.alignment import aligned_versions, parse_cut
        from lis_sim.config import load_config
        from lis_sim.training.given import config_file
        from lis_sim.training.label_delay import with_label_delay
        from lis_sim.training.source import open_source

        loaded = load_config(config_file(config), overrides or [])
    spec = _spec(loaded, preference)
    names = [name] if len(until) == 1 else [f"{name}_{at}" for at in range(len(until))]
    with json_stdout(as_json) as stdout:
        with console.status("opening the log"):
            dataset = with_label_delay(open_source(loaded.data), loaded.stream)
            _check_names(names, content, dataset, replace)
            table = dataset.representation(content)
        with console.status(f"aligning {content} on {preference}"):
            cuts_us = [parse_cut(one, dataset) for one in until]
            options = dict(_setting(one) for one in settings or [])
            found = aligned_versions(
                dataset, table, spec, cuts_us, method, loaded.seed, name=name, settings=options
            )
            rows = [_written(one, named, dataset) for one, named in zip(found, names, strict=True)]
        run = _how_to_run(config, loaded, names)
        warning = _unknown_cut(content) if table.trained_until_us is None else None
        if as_json:
            said = {"method": method, "content": content, "preference": preference}
            typer.echo(json.dumps({**said, "tables": rows, "run": run, "warning": warning}), stdout)
        else:
            _show(Terminal(file=stdout), f"{content} aligned on {preference} by {method}", rows)
            typer.echo(f"{warning}\n{run}" if warning else run, file=stdout)


def _spec(config: RunConfig, preference: str) -> PreferenceSpec:
    from lis_sim.preference import PreferenceSpec

    for one in config.preferences:
        if one.name == preference:
            return PreferenceSpec(one.name, one.kind, one.settings, one.per_user)
    known = [one.name for one in config.preferences]
    raise ConfigError(
        f"--preference {preference!r} is not in the config{nearest(preference, known)}; accepted: "
        f"{', '.join(known) or 'none are declared; add one under preferences'}"
    )


def _check_names(names: Sequence[str], content: str, dataset: Dataset, replace: bool) -> None:
    from lis_sim.config import NAME

    for name in names:
        if not re.fullmatch(NAME, name):
            raise ConfigError(f"--name is {name!r}; accepted: letters, digits, '_', '.' and '-'")
        if name == content:
            raise ConfigError(f"--name {name!r} is the content itself; accepted: another name")
        if name in dataset.representations() and not replace:
            raise ConfigError(
                f"{dataset.path} has a representation {name!r} already; give another --name, or "
                "--replace"
            )


def _setting(text: str) -> tuple[str, Any]:
    key, _, value = text.partition("=")
    try:
        return key, json.loads(value)
    except json.JSONDecodeError as error:
        raise ConfigError(f"--with {text!r}; accepted: NAME=NUMBER, as in hidden=64") from error


def _written(found: Aligned, name: str, dataset: Dataset) -> dict[str, Any]:
    """Add a table to the dataset, whole or not at all, and return what is said of it."""
    from lis_sim.data import representations
    from lis_sim.data.storing import storing

    path = dataset.path / "representations" / f"{name}.parquet"
    with storing(path, "what was there is as it was, and so are versions written before it"):
        representations.write_table(path, found.table)
    return {
        "name": name,
        "path": str(path),
        "trained_until_us": found.table.trained_until_us,
        "vectors": len(found.table.item),
        "items_learned_from": found.items,
        "directions": found.dimensions,
        "explained": found.explained,
        "sureness": found.sureness,
    }


def _how_to_run(path: Path, config: RunConfig, names: Sequence[str]) -> str:
    if len(names) == 1:
        shown = ", ".join(dict.fromkeys([*config.representations, *names]))
        return f"run with it: lis-sim run {path} --set 'representations=[{shown}]'"
    versions = ", ".join(names)
    return (
        f"run with them: under preferences, {{name: {names[0].removesuffix('_0')}, kind: table, "
        f"settings: {{tables: [{versions}]}}}}; `history` of it is what they bring"
    )


def _unknown_cut(content: str) -> str:
    return (
        f"warning: {content} has no trained_until; if its model has seen later events, so have "
        "the aligned vectors"
    )


def _show(console: Console, title: str, rows: Sequence[dict[str, Any]]) -> None:
    columns = ("table", "vectors", "learned from", "directions", "explained", "standard errors")
    table = Table(*columns, title=title)
    for row in rows:
        table.add_row(
            row["name"],
            f"{row['vectors']:,}",
            f"{row['items_learned_from']:,} items",
            str(row["directions"]),
            f"{row['explained']:.2%}",
            f"{row['sureness']:.1f}",
        )
    console.print(table)
    for row in rows:
        if not row["directions"]:
            console.print(
                f"{row['name']}: nothing that this content could surely say of the preference "
                "data was found, so its vectors are all zero and bring exactly nothing",
                highlight=False,
            )
