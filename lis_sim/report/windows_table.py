"""Every window in one row: its size, its labels, the AUC of every arm, and drift."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from lis_sim.report.drift_series import drift_subject
from lis_sim.report.markup import Markup, element
from lis_sim.report.numbers import time_text
from lis_sim.report.place import card, scrolled
from lis_sim.report.series import Series
from lis_sim.types import Float64

_HEADLINE = "lis_crossfit"
_LISTED = 2_000  # rows: more would make a page of tens of megabytes of a run of months
_NOTE = (
    "AUC of each window by itself; lis_crossfit so far, since warm-up. w: warm-up. A dash is "
    "undefined: labels of one class only, or not yet scored."
)


def windows_table(series: Series) -> Markup | None:
    """Return the table, folded away, newest window first; None before the first window."""
    count = len(series.end_us)
    if not count:
        return None
    scores = {
        group: bands[_HEADLINE].value
        for group, bands in series.scores.items()
        if _HEADLINE in bands
    }
    heads = ["window", "end (UTC)", "events", "label rate"]
    heads += [*series.auc, *(f"{_HEADLINE} so far, {group}" for group in scores), "drift"]
    columns = _columns(series, list(scores.values()))
    oldest = max(0, count - _LISTED)
    listed = reversed(range(oldest, count))
    body = "".join(_row([column[k] for column in columns]) for k in listed)
    left_out = f" The {oldest:,} windows before these are in windows.jsonl." if oldest else ""
    whole = element(
        "table",
        element("caption", _NOTE + left_out, class_="soft"),
        element(
            "thead",
            element("tr", *(element("th", _breakable(head), scope="col") for head in heads)),
        ),
        Markup(f"<tbody>{body}</tbody>"),
        class_="windows",
    )
    title = f"{count:,} window{'' if count == 1 else 's'}, newest first"
    return card(element("details", element("summary", title), scrolled(title, whole)))


def _breakable(head: str) -> Markup:
    """Return a head that a narrow column may break where its words end."""
    return Markup(escape(head).replace(":", ":<wbr>").replace("_", "_<wbr>"))


def _columns(series: Series, scores: Sequence[Float64]) -> list[list[str]]:
    """Return the cells of each column, escaped, oldest window first."""
    count = len(series.end_us)
    drift = [""] * count
    for k, event in series.drift.events if series.drift is not None else ():
        arrow = "▼" if event.get("direction") == "down" else "▲"
        drift[k] += element("span", f"{arrow} {drift_subject(event)}", class_="flagged")
    numbers = zip(series.window.tolist(), series.warmup.tolist(), strict=True)
    return [
        [f"{window} w" if warming else str(window) for window, warming in numbers],
        [time_text(end) for end in series.end_us.tolist()],
        _texts(series.events, ",.0f"),
        _texts(series.positives / series.events, ".4f"),
        *(_texts(values, ".4f") for values in series.auc.values()),
        *(_texts(values, "+.5f") for values in scores),
        drift,
    ]


def _texts(values: Float64, form: str) -> list[str]:
    return ["–" if value != value else format(value, form) for value in values.tolist()]


def _row(cells: Sequence[str]) -> str:
    # Of a thousand windows and twenty arms: plain text, as short as HTML allows.
    return f"<tr><td>{'</td><td>'.join(cells)}</td></tr>"
