"""lis-sim's whole program over a log: dataset, environment, one clean arm, scores, files."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks.peers.measured import one_core, timed
from lis_sim.config import RunConfig, parse_config
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.training.api import Run, execute, prepare

WINDOWS = 10
# The best found on two million events of the built-in world, by batch; as for the peers.
_RATES: dict[int, dict[str, float]] = {
    1_024: {"embedding_rate": 0.05, "bias_rate": 0.02, "dense_rate": 0.02},
    4_096: {
        "embedding_rate": 0.035,
        "bias_rate": 0.015,
        "dense_rate": 0.008,
        "deviation": 0.01,
    },
}
_WARM = SyntheticSpec(events=20_000, users=1_000, items=1_000)


def main() -> None:
    """Play ``LOG`` with one kernel and print what it took as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--kernel", required=True)
    given = parser.parse_args()
    one_core()
    with tempfile.TemporaryDirectory(prefix="lis-peers-") as folder:
        out = Path(folder)
        warm = write_synthetic(_WARM, out / "warm").path
        # Machine code is read from the disk, and libraries settle, before the clock runs.
        _play(settings(warm, given.batch, given.kernel), out / "first")
        config = settings(given.log, given.batch, given.kernel)
        run, facts = timed(lambda: _play(config, out / "run"))
        told = {"auc": _auc(run), "windows": _windows(run)}
    print(json.dumps({"events": run.summary["events"], **facts, **told}), flush=True)


def settings(log: Path, batch: int, kernel: str) -> RunConfig:
    """Return the config: steps and batches of ``batch`` events, ten windows, no monitoring."""
    own = {"batch_events": batch, "kernel": kernel, **_RATES.get(batch, {})}
    return parse_config(
        {
            "name": "peers",
            "data": {"source": str(log)},
            "stream": {"window": {"count": WINDOWS}, "step_events": batch, "warmup_windows": 1},
            "arms": ["clean"],
            "replicates": 1,
            "policy": {"name": "deepfm", "settings": own},
            "training": {"engine": "local", "device": "cpu"},
            "drift": {"enabled": False},
            "monitoring": {"enabled": False},
        }
    )


def _play(config: RunConfig, out: Path) -> Run:
    return execute(prepare(config, out))


def _windows(run: Run) -> list[list[int]]:
    """Return the events of every window and whether it is one of the warm-up."""
    return [[one["events"], int(one["warmup"])] for one in run.records()]


def _auc(run: Run) -> float:
    (arm,) = (one for one in run.summary["arms"] if one["slice"] == "all")
    return float(arm["auc"]["value"])


if __name__ == "__main__":
    main()
