"""A run folder as a long run leaves it, its numbers drawn at random: for what a report costs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.made_entries import (
    GAIN,
    HOUR_US,
    START_US,
    arm_entry,
    drift_event,
    score_entry,
    series_entry,
)
from lis_sim.hashing import generator

_OF_PREFERENCE = {
    "lis": "leaked",
    "lis_crossfit": "leaked_crossfit",
    "history": "causal",
    "placebo": "placebo",
}
_MEASURES = (("psi", "items", 0.2), ("psi", "users", 0.2), ("mmd", "content", 0.1))


@dataclass(frozen=True)
class MadeRun:
    """Names and sizes of a run; ``finished`` decides whether it has a summary."""

    name: str = "made"
    preferences: Sequence[str] = ("co_click", "dwell")
    representations: Sequence[str] = ("title",)
    windows: int = 60
    warmup: int = 12
    slices: Sequence[str] = ("all", "cold", "warm")
    seed: int = 0
    finished: bool = True

    @property
    def arms(self) -> list[str]:
        """The arms of such a run, two to a representation and four to preference data."""
        kinds = ("leaked", "leaked_crossfit", "causal", "placebo")
        arms = [f"{kind}:{name}" for name in self.preferences for kind in kinds]
        for name in self.representations:
            arms += [f"aligned:{name}", f"placebo:{name}"]
        return ["clean", *arms]

    def write(self, folder: Path) -> Path:
        """Write the run into ``folder`` and return it."""
        folder.mkdir(parents=True)
        last: dict[str, Any] = {}
        with (folder / "windows.jsonl").open("w") as file:
            for last in self.records():
                file.write(json.dumps(last) + "\n")
        settings = {
            "horizon": "all",
            "folds": 5,
            "form": "residual",
            "replicates": 3,
            "seed": self.seed,
            "minimum_effect": 0.001,
        }
        identity = {"settings": settings, "data": {"events": "0f" * 16}, "lis_sim": "0.1.0"}
        (folder / "run.json").write_text(json.dumps(identity))
        (folder / "config.yaml").write_text(f"data: {{source: a log}}\nseed: {self.seed}\n")
        if self.finished:
            summary = settings | {"schema": 1, "run": self.name} | self._summary(last)
            (folder / "summary.json").write_text(json.dumps(summary))
        return folder

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the records of ``windows.jsonl``; a third from the end, the first data falls."""
        draw = generator(self.seed, "made run")
        for k in range(self.windows):
            fallen, first = k >= self.windows * 2 // 3, f":{self.preferences[0]}"
            yield {
                "schema": 1,
                "window": k,
                "start_us": START_US + k * 6 * HOUR_US,
                "end_us": START_US + (k + 1) * 6 * HOUR_US,
                "clock_us": START_US + (k + 1) * 6 * HOUR_US,
                "events": 4_000 + int(draw.integers(0, 4_000)),
                "events_total": 6_000 * (k + 1),
                "positives": 1_800 + int(draw.integers(0, 300)),
                "warmup": k < self.warmup,
                "defined": True,
                "windows_undefined": 0,
                "arms": [
                    arm_entry(arm, part, k, draw, hurt=fallen and arm.endswith(first))
                    for arm in self.arms
                    for part in self.slices
                ],
                "scores": [
                    score_entry(one, part, k - self.warmup, draw)
                    for one in self._scores()
                    for part in self.slices
                ],
                **self._drift(k, draw, fallen),
            }

    def _scores(self) -> Iterator[tuple[str, str | None, str | None, float]]:
        for name in self.preferences:
            for score, kind in _OF_PREFERENCE.items():
                yield score, name, None, GAIN.get(kind, 0.0)
            yield "lis_crossfit_over_placebo", name, None, GAIN["leaked_crossfit"]
            yield "self_leak", name, None, GAIN["leaked"] - GAIN["leaked_crossfit"]
        for name in self.representations:
            yield from ((score, None, name, 0.011) for score in ("ais", "ais_over_placebo"))
            yield from (("realised", data, name, 0.55) for data in self.preferences)

    def _drift(self, k: int, draw: np.random.Generator, fallen: bool) -> dict[str, Any]:
        names: list[tuple[str, dict[str, str]]] = [("label_rate", {})]
        names += [(name, {"arm": arm}) for arm in self.arms for name in ("auc", "calibration")]
        names += [("lis_crossfit", {"preference": name}) for name in self.preferences]
        names += [("ais", {"representation": name}) for name in self.representations]
        series = [series_entry(name, of, k - self.warmup, draw) for name, of in names]
        hurt = next(one for one in series if one["preference"] == self.preferences[0])
        if fallen and hurt["z"] is not None:
            hurt["z"] -= 4.0
        drift = [drift_event(k, self.preferences[0])] if k == self.windows * 2 // 3 + 2 else []
        measures = [
            {"measure": name, "of": of, "threshold": threshold}
            | {"value": float(abs(draw.normal(0.04, 0.02)))}
            for name, of, threshold in _MEASURES
        ]
        return {"series": series, "measures": measures, "drift": drift}

    def _summary(self, last: dict[str, Any]) -> dict[str, Any]:
        arms = [
            {"arm": one["arm"], "slice": one["slice"], "auc": one["cumulative"]}
            | {name: one[name] for name in ("gauc", "log_loss", "calibration")}
            for one in last["arms"]
        ]
        verdicts = [
            {"preference": name, "representation": None, "verdict": "align", "because": "it is so"}
            for name in self.preferences
        ]
        facts = {"events": last["events_total"], "windows": self.windows}
        facts |= {"warmup_windows": self.warmup, "engine": "local", "seconds": 86_400.0}
        return facts | {"arms": arms, "scores": last["scores"], "verdicts": verdicts}
