"""``lis-sim preference``: what preference data is like, before or beside its scores."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lis_sim.cli.json_stdout import json_stdout
from lis_sim.cli.options import ConfigFile, Overrides
from lis_sim.cli.terminal import Terminal, harmless
from lis_sim.errors import ConfigError, RunError, nearest

if TYPE_CHECKING:
    from lis_sim.preference import PreferenceSpec
    from lis_sim.preference.profile import PreferenceProfile
    from lis_sim.training.api import PreparedRun

app = typer.Typer(no_args_is_help=True, help="Look at preference data.")


@app.callback()
def _group() -> None:
    """Keep ``describe`` a command of its own while it is the only one."""


@app.command("describe")
def describe_command(
    config: ConfigFile,
    name: Annotated[
        str | None, typer.Argument(help="One of its preferences. Default: all of them.")
    ] = None,
    overrides: Overrides = None,
    run: Annotated[
        Path | None,
        typer.Option(help="Folder of a finished run, for its lis_crossfit. Default: the config's."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on stdout.")
    ] = False,
) -> None:
    """Describe preference data: coverage, support, age, agreement, and what is wrong with it."""
    console = Terminal(stderr=True)
    with console.status("loading"):  # torch takes seconds
        from lis_sim.cli.run import checked_config
        from lis_sim.report.preference import lis_by_slice, preference_table
        from lis_sim.training.api import prepare

        settings = checked_config(config, overrides or [])
    with json_stdout(as_json) as stdout:
        with console.status("opening the log"):
            prepared = prepare(settings)
        specs = _asked(prepared.plan.builder.preferences, name)
        summary = _summary(prepared, run)
        with console.status(f"describing {', '.join(spec.name for spec in specs)}"):
            profiles = _profiles(prepared, specs)
        scores = {one.name: lis_by_slice(summary, one.name) for one in profiles}
        if as_json:
            found = [one.record() | {"lis_crossfit": scores[one.name]} for one in profiles]
            print(json.dumps({"preferences": found}, allow_nan=False), file=stdout)
            return
        for one in profiles:
            Terminal(file=stdout).print(preference_table(one.record(), scores[one.name]))


def keep_profiles(prepared: PreparedRun, folder: Path) -> None:
    """Write ``preferences.json`` into a run folder that lacks it, for its report."""
    from lis_sim.data.whole_file import whole_file
    from lis_sim.preference.describe import DESCRIBED
    from lis_sim.training.folder import PROFILES

    path = folder / PROFILES
    specs = [one for one in prepared.plan.builder.preferences if one.kind in DESCRIBED]
    if path.exists() or not specs:
        return
    records = [one.record() for one in _profiles(prepared, specs)]
    with whole_file(path) as beside:
        beside.write_text(json.dumps({"preferences": records}, allow_nan=False), encoding="utf-8")


def _profiles(prepared: PreparedRun, specs: Sequence[PreferenceSpec]) -> list[PreferenceProfile]:
    from lis_sim.preference.describe import describe_all

    return describe_all(prepared.dataset, specs, prepared.plan.builder.seed)


def _asked(specs: Sequence[PreferenceSpec], name: str | None) -> list[PreferenceSpec]:
    """Return the preference data asked for: by name, or all that can be described."""
    from lis_sim.preference.describe import DESCRIBED

    if name is None:
        found = [spec for spec in specs if spec.kind in DESCRIBED]
        for spec in specs:
            if spec not in found:
                typer.echo(harmless(f"left out: {spec.name}, of kind {spec.kind}"), err=True)
    else:
        found = [spec for spec in specs if spec.name == name]
    if not found:
        known = [spec.name for spec in specs]
        asked = "nothing to describe" if name is None else f"'{name}' is none of its preferences"
        raise ConfigError(
            f"{asked}{nearest(name or '', known)}; the config declares: "
            f"{', '.join(f'{spec.name} ({spec.kind})' for spec in specs) or 'none'}; accepted: "
            f"preferences of kind {', '.join(DESCRIBED)}"
        )
    return found


def _summary(prepared: PreparedRun, run: Path | None) -> Mapping[str, Any]:
    """Return the summary of the run asked for, or of the config's own if it is finished."""
    from lis_sim.training.api import Run

    if run is None:
        return prepared.folder.summary() if prepared.folder.finished else {}
    summary = Run.open(run).summary
    found = summary.get("dataset", {}).get("fingerprint")
    if found != prepared.dataset.fingerprint:
        raise RunError(
            f"{run} is a run of another log (fingerprint {found}, the config's log has "
            f"{prepared.dataset.fingerprint}); give a run of this config"
        )
    return summary
