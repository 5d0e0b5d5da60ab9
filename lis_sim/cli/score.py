"""``lis-sim score``: the LIS family of a ranker trained elsewhere, from its scores."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from lis_sim.cli.interruption import interruptible
from lis_sim.cli.json_stdout import json_stdout
from lis_sim.cli.options import OutFolder, Restart
from lis_sim.cli.progress import window_bar
from lis_sim.cli.terminal import Terminal
from lis_sim.errors import ConfigError

if TYPE_CHECKING:
    from lis_sim.scoring.api import PreparedScores
    from lis_sim.scoring.settings import ScoreSettings

_OPTIONAL = ("item", "slice", "replicate", "fold", "request")
_NO_ITEM = (
    "no item column: the intervals hold the luck of which users were seen, not what they share "
    "through items"
)


def score_command(
    file: Annotated[
        Path,
        typer.Argument(
            help="Parquet, one row an event in time order; or a folder of such files, by name."
        ),
    ],
    window: Annotated[
        str | None,
        typer.Option(help="count=20 (default), events=250000 or duration=1d: how events are cut."),
    ] = None,
    warmup: Annotated[
        float | None, typer.Option(help="Share of the windows that is not scored. Default: 0.25.")
    ] = None,
    warmup_windows: Annotated[
        int | None, typer.Option(help="So many windows instead of a share.")
    ] = None,
    user: Annotated[str | None, typer.Option(help="Column of the user. Default: user.")] = None,
    time: Annotated[str | None, typer.Option(help="Column of the time. Default: time.")] = None,
    label: Annotated[str | None, typer.Option(help="Column of the label. Default: label.")] = None,
    item: Annotated[
        str | None, typer.Option(help="Column of the item, for intervals. Default: item, if any.")
    ] = None,
    slice_: Annotated[
        str | None, typer.Option("--slice", help="Column whose values are slices.")
    ] = None,
    replicate: Annotated[
        str | None, typer.Option(help="Column of the training run that gave the row's scores.")
    ] = None,
    fold: Annotated[str | None, typer.Option(help="Column of the user's fold.")] = None,
    request: Annotated[
        str | None, typer.Option(help="Column of the request, for NDCG and MRR.")
    ] = None,
    ndcg: Annotated[
        list[int] | None, typer.Option(help="NDCG at so many ranks of a request. Repeatable.")
    ] = None,
    mrr: Annotated[bool, typer.Option("--mrr", help="Mean reciprocal rank of requests.")] = False,
    user_auc: Annotated[bool, typer.Option("--user-auc", help="Mean of users' own AUC.")] = False,
    outcome: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="AUC on another label: like, 'dwell >= 7'. Repeatable."),
    ] = None,
    arm: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ARM=COLUMN", help="Column of an arm that is not called so. Repeatable."
        ),
    ] = None,
    ignored: Annotated[
        list[str] | None, typer.Option(help="Column to leave out. Repeatable.")
    ] = None,
    time_unit: Annotated[
        str | None, typer.Option(help="Of whole numbers: s (default), ms, us or ns.")
    ] = None,
    logits: Annotated[
        bool, typer.Option("--logits", help="Scores are logits: log loss and calibration too.")
    ] = False,
    trained_until: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=TIME", help="Cut of an aligned representation. Repeatable."),
    ] = None,
    minimum_effect: Annotated[
        float | None, typer.Option(help="Smallest difference of AUC worth acting on: 0.001.")
    ] = None,
    horizon: Annotated[str | None, typer.Option(help="Said beside every score.")] = None,
    form: Annotated[str | None, typer.Option(help="Said beside every score.")] = None,
    folds: Annotated[int | None, typer.Option(help="Said beside every score.")] = None,
    out: OutFolder = None,
    restart: Restart = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print summary.json on stdout, all else on stderr.")
    ] = False,
) -> None:
    """Print scores, intervals and verdict of a ranker trained elsewhere, from a file of its scores.

    Columns: user, time, label, and one for every arm, called clean, leaked:NAME,
    leaked_crossfit:NAME, causal:NAME, placebo:NAME or aligned:NAME. The run folder is that of
    `lis-sim run`, without anything trained.
    """
    roles = {"user": user, "time": time, "label": label}
    roles |= dict(zip(_OPTIONAL, (item, slice_, replicate, fold, request), strict=True))
    given = {
        "columns": roles
        | {"ignored": tuple(ignored or ()), "arms": _pairs("--arm", "ARM=COLUMN", arm)},
        "stream": {"window": _window(window), "warmup": warmup, "warmup_windows": warmup_windows},
        "trained_until": _pairs("--trained-until", "NAME=TIME", trained_until),
        "time_unit": time_unit,
        "logits": logits,
        "minimum_effect": minimum_effect,
        "horizon": horizon,
        "form": form,
        "folds": folds,
        "metrics": {
            "ndcg": tuple(ndcg or ()),
            "mrr": mrr,
            "user_auc": user_auc,
            "outcomes": tuple(outcome or ()),
        },
    }
    _score(file, _without_none(given), out, restart, as_json)


def _score(
    file: Path, given: dict[str, Any], out: Path | None, restart: bool, as_json: bool
) -> None:
    console = Terminal(stderr=True)
    with console.status("loading"):
        from lis_sim.cli.run import shown
        from lis_sim.report import print_drift, print_summary, write_report
        from lis_sim.scoring.api import claimed_scores, play_scores, prepare_scores

        settings = _settings(file, given)
    with json_stdout(as_json) as stdout, interruptible("from the first window"):
        with console.status("reading times and labels"):
            prepared = prepare_scores(file, settings, out)
        _announce(prepared, console)
        with claimed_scores(prepared, restart), _progress(prepared, console) as watch:
            run = play_scores(prepared, watch)
            report = write_report(run.folder)
        if as_json:
            typer.echo(json.dumps(run.summary), file=stdout)
        else:
            print_summary(run.summary, Terminal(file=stdout), shown(run.folder))
            print_drift(run.records(), Terminal(file=stdout))
            typer.echo(f"report: {shown(report)}", file=stdout)
        stdout.flush()


def _settings(file: Path, given: dict[str, Any]) -> ScoreSettings:
    from lis_sim.scoring.settings import name_for, score_settings

    return score_settings(name=name_for(file), **given)


def _window(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    kind, equals, value = text.partition("=")
    if kind not in ("count", "events", "duration") or not equals or not value:
        raise ConfigError(
            f"--window {text!r}; accepted: count=20, events=250000 or duration=1d (30s, 90m, 12h, "
            "1d, 1w)"
        )
    if kind == "duration":
        return {kind: value}
    if not value.isdecimal():
        raise ConfigError(f"--window {text!r}; accepted: a whole number, as in {kind}=20")
    return {kind: int(value)}


def _pairs(option: str, accepted: str, given: Sequence[str] | None) -> dict[str, str]:
    """Return NAME=VALUE texts as a mapping; an arm's name has no ``=``."""
    found: dict[str, str] = {}
    for one in given or ():
        name, equals, value = one.partition("=")
        if not equals or not name or not value:
            raise ConfigError(f"{option} {one!r}; accepted: {accepted}")
        if name in found:
            raise ConfigError(f"{option} names {name!r} twice; accepted: once each")
        found[name] = value
    return found


def _without_none(given: dict[str, Any]) -> dict[str, Any]:
    """Return ``given`` without what was left open, in groups too: defaults stand in one place."""
    return {
        key: _without_none(value) if isinstance(value, dict) else value
        for key, value in given.items()
        if value is not None
    }


def _announce(prepared: PreparedScores, console: Console) -> None:
    plan, found = prepared.plan, prepared.scan
    console.print(
        Text.assemble(
            (found.file.path.name, "bold"),
            f": {found.rows:,} events, {len(plan.windows)} windows, {len(plan.family.arms)} arms, "
            f"{plan.family.replicates} replicates",
        ),
        highlight=False,
    )
    if not found.file.has("item"):
        console.print(_NO_ITEM, style="yellow", highlight=False)
    if prepared.folder.finished:
        console.print("these scores are there, finished; --restart makes them anew")


@contextmanager
def _progress(
    prepared: PreparedScores, console: Console
) -> Iterator[Callable[[int, int], None] | None]:
    if prepared.folder.finished:
        yield None
        return
    with window_bar(console) as bar:
        task = bar.add_task("scoring", total=len(prepared.plan.windows))
        yield lambda done, of: bar.update(task, completed=done, total=of)
