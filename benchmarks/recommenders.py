"""How well does each recommender rank by itself? ``python -m benchmarks.recommenders CONFIG ...``

The ``clean`` arm of every recommender over the same stream, each with its defaults: one replicate,
seed 0, AUC of the windows after warm-up. Prints a Markdown table with two columns for every config,
the second the seconds of the whole run.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from lis_sim.config import RunConfig, load_config
from lis_sim.training.api import Run, execute, prepare
from policies.catalogue import POLICIES


def clean_run(config: RunConfig, policy: dict[str, Any], folder: Path) -> Run:
    """Return a run of the clean arm alone, of one replicate, in this process."""
    raw = config.model_dump(mode="json") | {"arms": ["clean"], "replicates": 1, "policy": policy}
    raw["training"]["engine"] = "local"
    return execute(prepare(RunConfig.model_validate(raw), folder / "run"), restart=True)


def auc_of(run: Run) -> float:
    """Return the window-stratified AUC of the one arm there is."""
    return float(next(a["auc"]["value"] for a in run.summary["arms"] if a["slice"] == "all"))


def main(paths: list[str]) -> None:
    """Print one row for every recommender."""
    configs = [load_config(Path(path)) for path in paths]
    print("| recommender | " + " | ".join(f"{one.name} | seconds" for one in configs) + " |")
    print("|---|" + "---|---|" * len(configs))
    with tempfile.TemporaryDirectory() as folder:
        for name in POLICIES:
            cells = []
            for config in configs:
                start = time.perf_counter()
                run = clean_run(config, {"name": name}, Path(folder))
                cells += [f"{auc_of(run):.4f}", f"{time.perf_counter() - start:.0f}"]
            print(f"| `{name}` | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
