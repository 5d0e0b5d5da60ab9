"""Which settings make the clean ranker strong? ``python -m benchmarks.baseline CONFIG ...``

A weak clean ranker inflates every LIS, so the defaults are those of this sweep: one setting
at a time around the defaults, and the learning rates of embeddings and biases together. Only
the ``clean`` arm runs, one replicate, on the windows after warm-up. Prints a Markdown table.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.recommenders import auc_of, clean_run
from lis_sim.config import RunConfig, load_config

DEFAULT: dict[str, Any] = {}
SWEEP: dict[str, list[Any]] = {
    "embedding_rate": [0.02, 0.05, 0.2, 0.4],
    "bias_rate": [0.01, 0.02, 0.1, 0.2, 0.4],
    "dense_rate": [0.005, 0.01, 0.05],
    "initial_square": [0.01, 1.0, 10.0],
    "deviation": [0.005, 0.05, 0.1],
    "dim": [4, 8, 32],
    "batch_events": [64, 128, 512, 1024],
    "hidden": [[], [32], [128, 64]],
}
TOGETHER = [{"embedding_rate": e, "bias_rate": b} for e in (0.05, 0.2) for b in (0.02, 0.1)]


def settings() -> list[dict[str, Any]]:
    """Return every combination of the sweep, the defaults first."""
    alone = [{name: value} for name, values in SWEEP.items() for value in values]
    return [DEFAULT, *alone, *TOGETHER]


def clean_auc(config: RunConfig, changed: dict[str, Any], folder: Path) -> float:
    """Return the window-stratified AUC of the clean arm under ``changed`` settings."""
    policy = config.policy.model_dump(mode="json")
    policy["settings"] |= changed
    return auc_of(clean_run(config, policy, folder))


def main(paths: list[str]) -> None:
    """Print one column of AUC per config."""
    configs = [load_config(Path(path)) for path in paths]
    print("| settings | " + " | ".join(config.name for config in configs) + " |")
    print("|---|" + "---|" * len(configs))
    with tempfile.TemporaryDirectory() as folder:
        for changed in settings():
            values = [clean_auc(config, changed, Path(folder)) for config in configs]
            name = ", ".join(f"{k} {v}" for k, v in changed.items()) or "defaults"
            print(f"| {name} | " + " | ".join(f"{v:.4f}" for v in values) + " |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
