"""The callbacks inside a real Ray Tune search and a real Ray Train run that are not lis-sim's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.slow.commands import PATIENCE, ROOT

pytestmark = [pytest.mark.slow, pytest.mark.ray]

# What the callback serves is read from inside: where and when the endpoint is open, it can be.
TUNE = """
import sys
from pathlib import Path
from urllib.request import urlopen
import ray
from ray import tune
from lis_sim.monitoring.tune_callback import TuneMetricsCallback

def train(config):
    for step in range(3):
        tune.report({"auc": 0.5 + config["x"] * step, "nested": {"loss": 1.0}, "note": "fine"})
    if config["x"] == 0.2:
        raise ValueError("this one fails")

class Kept(TuneMetricsCallback):
    def on_experiment_end(self, trials, **named):
        self._trials.count_statuses(trial.status for trial in trials)
        Path(sys.argv[1], "page").write_bytes(urlopen(self.url).read())
        assert Path(sys.argv[1], "metrics.json").exists()
        super().on_experiment_end(trials, **named)

ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, _temp_dir=sys.argv[2])
callback = Kept("demo", metric="auc", mode="max", port=0, folder=Path(sys.argv[1]))
tune.Tuner(
    train,
    param_space={"x": tune.grid_search([0.0, 0.1, 0.2])},
    run_config=tune.RunConfig(callbacks=[callback], storage_path=sys.argv[1], verbose=0),
).fit()
assert callback.url is None
"""
TRAIN = """
import os
import sys
from pathlib import Path
from urllib.request import urlopen
import ray, ray.train
from ray.train import RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer
from lis_sim.monitoring.train_callback import TrainMetricsCallback

def train():
    rank = ray.train.get_context().get_world_rank()
    for step in range(3):
        ray.train.report({"loss": 1.0 / (1 + step) + rank, "rank": rank})

class Kept(TrainMetricsCallback):
    def after_report(self, run_context, metrics, checkpoint):
        super().after_report(run_context, metrics, checkpoint)
        Path(os.environ["PAGES"], "page").write_bytes(urlopen(self.url).read())

if __name__ == "__main__":
    folder, temporary = Path(sys.argv[1]), sys.argv[2]
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, _temp_dir=temporary)
    TorchTrainer(
        train,
        scaling_config=ScalingConfig(num_workers=2),
        run_config=RunConfig(
            name="demo", storage_path=str(folder), callbacks=[Kept(port=0, folder=folder)]
        ),
    ).fit()
"""


def played(script: str, folder: Path) -> tuple[dict[tuple[str, str], float], Path]:
    """Run a script of Ray's; return what was served last, by name and labels but the run's."""
    (folder / "script.py").write_text(script)
    temporary = Path(tempfile.mkdtemp(prefix="t"))  # short, because Ray keeps sockets there
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "PAGES": str(folder),  # the controller is another process
        "RAY_TRAIN_V2_ENABLED": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
        "OMP_NUM_THREADS": "1",
    }
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "script.py", str(folder), str(temporary)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    assert (folder / "page").exists(), done.stderr[-3000:]
    found = {}
    for family in text_string_to_metric_families((folder / "page").read_text()):
        for sample in family.samples:
            of = {k: v for k, v in sample.labels.items() if k not in ("run", "experiment")}
            found[sample.name, " ".join(of.values())] = sample.value
    return found, folder


def test_a_search_is_served_by_the_process_that_began_it(tmp_path: Path) -> None:
    found, folder = played(TUNE, tmp_path)
    assert found["lis_sim_tune_trials", "terminated"] == 2
    assert found["lis_sim_tune_trials", "error"] == 1
    assert found["lis_sim_tune_best_value", "auc max"] == pytest.approx(0.9)
    assert found["lis_sim_tune_results_total", ""] == 9
    names = {of.split()[0] for name, of in found if name == "lis_sim_tune_trial_value"}
    assert names == {"auc", "nested/loss"}
    assert not (folder / "metrics.json").exists()


def test_a_training_is_served_by_its_controller(tmp_path: Path) -> None:
    found, folder = played(TRAIN, tmp_path)
    assert found["lis_sim_train_workers", ""] == 2
    assert found["lis_sim_train_reports_total", ""] == 3
    assert found["lis_sim_train_value", "loss min"] == pytest.approx(1 / 3)
    assert found["lis_sim_train_value", "loss max"] == pytest.approx(4 / 3)
    assert found["lis_sim_train_value", "rank mean"] == 0.5
    assert json.loads((folder / "metrics.json").read_text())["pid"] != os.getpid()
