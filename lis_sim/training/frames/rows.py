"""From what a run folder keeps to the records that the rows of a frame are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lis_sim.training.frames.column import Record


def within(records: Iterable[Record], key: str) -> Iterator[dict[str, Any]]:
    """Yield what every window has under ``key``, each beside the window's number and times.

    >>> window = {"window": 3, "start_us": 0, "end_us": 9, "drift": [{"series": "auc"}]}
    >>> list(within([window], "drift"))
    [{'series': 'auc', 'window': 3, 'start_us': 0, 'end_us': 9}]
    """
    for record in records:
        when = {name: record.get(name) for name in ("window", "start_us", "end_us")}
        for entry in record.get(key, ()):
            yield {**entry, **when}


def arms_so_far(record: Record) -> Iterator[dict[str, Any]]:
    """Yield the arms of an unfinished run from its newest window, as a summary would have them.

    What only the end of a run knows (counts of users, calibration) is left out.
    """
    for entry in record.get("arms", ()):
        known = entry.get("cumulative") or {}
        yield {
            "arm": entry["arm"],
            "slice": entry["slice"],
            "auc": known,
            "gauc": known.get("gauc"),
            "log_loss": known.get("log_loss"),
        }


def of_metrics(record: Record, key: str) -> Iterator[dict[str, Any]]:
    """Yield what every metric beside the AUC has under ``key``, each beside the metric's names.

    >>> metric = {"metric": "auc", "label": "like", "counts": {"missing": 3}, "arms": []}
    >>> list(of_metrics({"metrics": [metric]}, "counts"))
    [{'metric': 'auc', 'label': 'like', 'of': 'missing', 'count': 3}]
    """
    for metric in record.get("metrics", ()):
        names = {name: metric[name] for name in ("metric", "label")}
        entries = metric.get(key, ())
        if key == "counts":
            entries = [{"of": of, "count": count} for of, count in dict(entries).items()]
        for entry in entries:
            yield names | entry


def metrics_within(records: Iterable[Record], key: str) -> Iterator[dict[str, Any]]:
    """Yield :func:`of_metrics` of every window, each beside the window's number and times."""
    for record in records:
        yield from within([{**record, key: list(of_metrics(record, key))}], key)
