"""What a run measured beside the AUC on its log's own labels, for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from lis_sim.report.metric_words import clean_text, counts_words, headlines, metric_title
from lis_sim.report.narrow_table import narrow_table
from lis_sim.report.numbers import interval_text, score_text
from lis_sim.report.words import score_group, score_short_label

Entry = Mapping[str, Any]


def metrics_table(metrics: Sequence[Entry]) -> Table:
    """Return the headline scores of every metric over all events, and what it is counted of."""
    numbers = ("clean", "value", "95% interval")
    found = narrow_table("Beside AUC (words in the report)", ("measure", "score"), numbers)
    for metric in metrics:
        title, clean, entries = metric_title(metric), clean_text(metric), headlines(metric)
        several = len({score_group(entry) for entry in entries}) > 1
        for entry in entries or [{}]:
            found.add_row(Text(title), *_row(entry, clean, several))
            title, clean = "", ""
        found.add_section()
    found.caption = Text("\n".join(_counted(metrics)))
    found.caption_justify = "left"
    return found


def _row(entry: Entry, clean: str, several: bool) -> tuple[Text | str, ...]:
    if not entry:
        return Text("no arm to compare"), clean, "-", "-"
    score = entry["score"]
    return (
        Text(f"{score_short_label(entry)} {score_group(entry) if several else ''}".rstrip()),
        clean,
        score_text(score, entry.get("value")),
        interval_text(score, entry.get("low"), entry.get("high")),
    )


def _counted(metrics: Sequence[Entry]) -> list[str]:
    """Return what metrics are counted of, those of the same in one sentence."""
    of: dict[str, list[str]] = {}
    for metric in metrics:
        of.setdefault(counts_words(metric), []).append(metric_title(metric))
    return [f"{', '.join(titles)}: {words}" for words, titles in of.items()]
