"""What is known of a run before it has a summary: its settings and its newest record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Record = Mapping[str, Any]

_SETTINGS = ("horizon", "folds", "form", "content", "replicates", "minimum_effect", "seed")


def so_far(run: str, identity: Record, config: Record, last: Record | None) -> dict[str, Any]:
    """Return a summary of an unfinished run: scores so far, and no verdict.

    Parameters:
        run: name of the run folder.
        identity: ``run.json``: what decides the numbers.
        config: the resolved ``config.yaml``.
        last: the newest record of ``windows.jsonl``, None before the first.

    >>> found = so_far("r", {"settings": {"horizon": "all", "seed": 0}}, {}, None)
    >>> found["horizon"], found["windows"], found["scores"], found["verdicts"]
    ('all', 0, [], [])
    """
    settings: Record = identity.get("settings") or config
    data: Record = identity.get("data") or {}
    windows = last or {}
    return {
        "run": run,
        "events": windows.get("events_total", 0),
        "windows": windows.get("window", -1) + 1,
        "windows_undefined": windows.get("windows_undefined", 0),
        **{name: settings.get(name) for name in _SETTINGS},
        "step_events": (settings.get("stream") or {}).get("step_events"),
        "engine": (config.get("training") or {}).get("engine"),
        "dataset": {"name": _log_name(config), "fingerprint": _fingerprint(data)},
        "versions": {"lis_sim": identity["lis_sim"]} if "lis_sim" in identity else {},
        "arms": [_arm(arm) for arm in windows.get("arms", ())],
        "scores": list(windows.get("scores", ())),
        "verdicts": [],
        "metrics": [_metric(metric) for metric in windows.get("metrics", ())],
        "live": bool(data.get("live")),
    }


def _log_name(config: Record) -> str | None:
    data: Record = config.get("data") or {}
    if data.get("source"):
        return str(data["source"]).rstrip("/").rpartition("/")[2]
    return "synthetic" if data.get("synthetic") else None


def _fingerprint(data: Record) -> str | None:
    """Return what tells the log from others; a log that still grows is told by its first part."""
    live = data.get("live")
    return f"{live['first_part']} (first part)" if live else data.get("events")


def _arm(arm: Record) -> dict[str, Any]:
    """Return an arm with its AUC so far; what is of the last window alone is left out."""
    nothing = {"value": None, "positives": 0, "negatives": 0}
    return {
        "arm": arm["arm"],
        "slice": arm["slice"],
        "auc": arm.get("cumulative") or nothing,
    }


def _metric(metric: Record) -> dict[str, Any]:
    """Return what is measured beside the AUC, of the windows so far."""
    arms = [
        {"arm": arm["arm"], "slice": arm["slice"], **(arm.get("cumulative") or {})}
        for arm in metric["arms"]
    ]
    return {**metric, "arms": arms}
