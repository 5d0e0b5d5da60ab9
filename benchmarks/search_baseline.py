"""Does tuning the recommender make a fairer baseline on a public log?"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lis_sim
from lis_sim.experiments.figure import Figure
from lis_sim.search.api import tune

CONFIG = Path(lis_sim.__file__).parents[1] / "configs" / "tune-baseline.yaml"
GAIN, SHOWN = "baseline_gain_kuairand", "baseline_shown_kuairand"
FAIR = ("better", "as good")  # the whole interval above 0, or inside the minimum effect of it
KUAIRAND = 'data={source: "${LIS_SIM_DATA}/kuairand_pure", preset: kuairand}'


def figures() -> list[Figure]:
    """Return what the tuned clean arm gains over the default one on KuaiRand, after the cut.

    The interval is that of two paired runs of three replicates; undefined without the log.
    """
    if "LIS_SIM_DATA" not in os.environ:
        return [Figure(GAIN, None, detail="set LIS_SIM_DATA to measure it")]
    with tempfile.TemporaryDirectory() as folder:
        summary = tune(CONFIG, out=Path(folder) / "search", overrides=(KUAIRAND,)).summary
    return figures_of(summary)


def figures_of(summary: Mapping[str, Any]) -> list[Figure]:
    """Return the gain of a search's winner, and whether it is one or the default shown as good.

    Where the default itself won, nothing was played against it: both are undefined.
    """
    best, written = summary["best"][0], summary["baseline"]
    if best["verdict"] == "baseline":
        told = best["because"]
        return [Figure(GAIN, None, detail=told), Figure(SHOWN, None, target=">= 1", detail=told)]
    gain = best["over_baseline"]["auc:clean"]
    later = best["later"]["auc:clean"]["value"], written["later"]["auc:clean"]["value"]
    detail = (
        f"AUC {later[0]:.4f} against {later[1]:.4f} as written; in the search "
        f"{gain['search']:+.4f}; {best['settings']}"
    )
    return [
        Figure(GAIN, gain["value"], gain["low"], gain["high"], "", detail),
        Figure(SHOWN, float(best["verdict"] in FAIR), target=">= 1", detail=best["because"]),
    ]
