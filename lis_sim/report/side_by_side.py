"""Several runs in columns: what they ran on, what they say, and their scores in one chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from lis_sim.report.facts import facts
from lis_sim.report.line_chart import Line, LineChart
from lis_sim.report.markup import Markup, element
from lis_sim.report.numbers import auc_interval_text, interval_text, plain_text, score_text
from lis_sim.report.place import Place, card, chart_card, scrolled
from lis_sim.report.run_records import RunRecords
from lis_sim.report.styles import CYCLE, another
from lis_sim.report.words import score_group, score_label, verdict_subject, verdict_words

_CHARTED = ("lis_crossfit", "ais")
_MEANT = ("horizon", "folds", "form", "over content", "data fingerprint")
_CAPTION = (
    "Scores so far of every run, over the stream time of its own log; the bands are 95% intervals "
    "of a single look."
)

Cell = str | None


def side_by_side(runs: Sequence[RunRecords], place: Place) -> Markup:
    """Return the comparison of two or more runs."""
    names = [run.name for run in runs]
    return place.section(
        "runs",
        "Side by side",
        card(_warning(runs), _table("Verdicts", names, _verdict_rows(runs))),
        *_charts(runs),
        card(_table("Scores, slice all, with 95% intervals", names, _score_rows(runs))),
        card(_table("Arms, AUC with 95% intervals", names, _arm_rows(runs))),
        card(_table("Settings; ≠ marks those that differ", names, _fact_rows(runs))),
    )


def _warning(runs: Sequence[RunRecords]) -> Markup | None:
    found = [_known(run) for run in runs]
    differ = [name for name in _MEANT if len({one[name] for one in found if name in one}) > 1]
    if not differ:
        return None
    words = (
        f"These runs differ in {', '.join(differ)}: their scores answer different questions. "
        "The command lis-sim compare tells how far comparable runs are apart, paired by user."
    )
    return element("p", words, class_="strong")


def _known(run: RunRecords) -> dict[str, str]:
    """Return the facts of a run. Content is named only where there is some: no content is said."""
    known = dict(facts(run.summary))
    return known if "horizon" not in known else {"over content": "none"} | known


def _table(caption: str, names: Sequence[str], rows: Mapping[str, list[Cell]]) -> Markup | None:
    if not rows:
        return None
    heads = (element("th", name, scope="col", class_="word") for name in ["", *names])
    body = [
        element(
            "tr",
            element("th", label, scope="row", class_="word"),
            *(element("td", cell or "-", class_="word") for cell in cells),
        )
        for label, cells in rows.items()
    ]
    return scrolled(
        caption,
        element(
            "table",
            element("caption", caption),
            element("thead", element("tr", *heads)),
            element("tbody", *body),
            class_="runs",
        ),
    )


def _rows(
    runs: Sequence[RunRecords], cells: Callable[[RunRecords], Mapping[str, str]]
) -> dict[str, list[Cell]]:
    found = [cells(run) for run in runs]
    labels = dict.fromkeys(label for one in found for label in one)
    return {label: [one.get(label) for one in found] for label in labels}


def _verdict_rows(runs: Sequence[RunRecords]) -> dict[str, list[Cell]]:
    def cells(run: RunRecords) -> dict[str, str]:
        state = "finished" if run.finished else f"unfinished, {len(run.series.end_us):,} windows"
        said = {
            verdict_subject(one): f"{one['verdict']}: {verdict_words(one).headline}"
            for one in run.summary.get("verdicts", ())
        }
        events = run.series.drift.events if run.series.drift is not None else None
        drift = {} if events is None else {"drift events": f"{len(events):,}"}
        return {"run": state} | said | drift

    return _rows(runs, cells)


def _score_rows(runs: Sequence[RunRecords]) -> dict[str, list[Cell]]:
    def cells(run: RunRecords) -> dict[str, str]:
        return {
            f"{score_group(entry)}: {score_label(entry)}": (
                score_text(entry["score"], entry.get("value"))
                + " "
                + interval_text(entry["score"], entry.get("low"), entry.get("high"))
            )
            for entry in run.summary["scores"]
            if entry["slice"] == "all"
        }

    return _rows(runs, cells)


def _arm_rows(runs: Sequence[RunRecords]) -> dict[str, list[Cell]]:
    def cells(run: RunRecords) -> dict[str, str]:
        return {
            arm["arm"]: f"{plain_text(arm['auc'].get('value'))} {auc_interval_text(arm['auc'])}"
            for arm in run.summary["arms"]
            if arm["slice"] == "all"
        }

    return _rows(runs, cells)


def _fact_rows(runs: Sequence[RunRecords]) -> dict[str, list[Cell]]:
    rows = _rows(runs, lambda run: dict(facts(run.summary)))
    return {f"≠ {label}" if len(set(cells)) > 1 else label: cells for label, cells in rows.items()}


def _charts(runs: Sequence[RunRecords]) -> list[Markup]:
    found = []
    groups = dict.fromkeys(group for run in runs for group in run.series.scores)
    for group in groups:
        for score in _CHARTED:
            holders = [run for run in runs if score in run.series.scores.get(group, ())]
            if len(holders) > 1:
                title = f"{score} of {group}, every run"
                found.append(chart_card(_chart(holders, group, score, title), title, _CAPTION))
    return found


def _chart(runs: Sequence[RunRecords], group: str, score: str, title: str) -> Markup:
    """Return one line a run, each over the ends of its own windows."""
    lines = []
    for k, run in enumerate(runs):
        band = run.series.scores[group][score]
        style = another(CYCLE[k % len(CYCLE)], k // len(CYCLE))
        ends = run.series.end_us
        lines.append(Line(run.name, style, band.value, (band.low, band.high), end_us=ends))
    end_us = np.unique(np.concatenate([run.series.end_us for run in runs]))
    return LineChart(title, end_us, level=0.0, signed=True).draw(lines)
