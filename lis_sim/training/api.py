"""``lis_sim.run``: from a config to a finished run folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lis_sim
from lis_sim.config import RunConfig
from lis_sim.data.dataset import Dataset
from lis_sim.data.storing import KEPT, storing
from lis_sim.errors import RunError
from lis_sim.scores import LisFamily
from lis_sim.training.folder import SCORES, WINDOWS, RunFolder
from lis_sim.training.given import given_config
from lis_sim.training.identity import code_used, run_identity
from lis_sim.training.memory import memory_told
from lis_sim.training.owned_folder import named_for
from lis_sim.training.plan import RunPlan, check_settings, make_plan
from lis_sim.training.record import summary_record
from lis_sim.training.run_result import Run as Run
from lis_sim.training.source import open_source
from lis_sim.training.worker import FAMILY


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A run whose log is open, whose plan is made and whose folder is known."""

    plan: RunPlan
    dataset: Dataset
    folder: RunFolder
    identity: Mapping[str, Any]  # what decides the run's numbers
    live: bool = False  # the log grows, and the plan with it


def prepare(config: RunConfig, out: Path | None = None) -> PreparedRun:
    """Open (or import, or generate) the log and plan the run; nothing trains yet.

    Without ``out`` the folder is ``runs/NAME-XXXXXXXX``, the digits standing for settings and
    data, so that the same command finds its folder again.
    """
    check_settings(config)
    dataset = open_source(config.data)
    plan = make_plan(config, dataset)
    identity = run_identity(config, dataset)
    return PreparedRun(plan, plan.log, run_folder(config.name, identity, out), identity)


def run_folder(name: str, identity: Mapping[str, Any], out: Path | None) -> RunFolder:
    """Return the folder of the run that ``identity`` decides: ``out``, else one named for it."""
    return RunFolder((out or named_for("runs", name, identity)).resolve())


@contextmanager
def claimed(prepared: PreparedRun, restart: bool = False) -> Iterator[None]:
    """Hold the run's folder while the block runs; :class:`RunError` if it is not to be had.

    Nobody else writes it meanwhile. ``restart`` removes what the folder holds of a run. Whatever
    keeps the block from writing there is a :class:`StorageError`.
    """
    folder = prepared.folder
    with storing(folder.path, KEPT), folder.held():
        folder.claim(prepared.plan.config, prepared.identity, restart)
        yield


def play(prepared: PreparedRun) -> Run:
    """Run a claimed folder to the end, from its newest checkpoint; a finished one is returned."""
    plan, folder = prepared.plan, prepared.folder
    if folder.finished:
        _check_kept(prepared)
    else:
        first = folder.go_back()
        # Killed between the last window and the summary, a run has nothing left to play.
        if first < len(plan.windows):
            _engine(plan, folder, first)
        finish(prepared)
    _clean_up(plan)
    return Run(folder.path, folder.summary())


def finish(prepared: PreparedRun) -> None:
    """Write the summary of a run whose last window and checkpoint are on the disk."""
    plan, folder = prepared.plan, prepared.folder
    family = LisFamily(plan.family)
    with folder.checkpoints.reading(len(plan.windows), FAMILY) as state:
        family.load_state_dict(state)
    facts = {**folder.engine(), **_facts(prepared)}
    folder.write_summary(summary_record(plan, folder.path.name, family, facts))


def execute(prepared: PreparedRun, restart: bool = False) -> Run:
    """Run to the end, from the newest checkpoint when the folder holds one.

    A finished run is returned as it is unless ``restart``.
    """
    with claimed(prepared, restart):
        return play(prepared)


def run(
    config: RunConfig | Mapping[str, Any] | Path | str,
    *,
    out: Path | str | None = None,
    overrides: Sequence[str] = (),
    restart: bool = False,
) -> Run:
    """Replay a log through its arms, as ``lis-sim run`` does, and return what that found.

    Nothing is printed and no metrics are served. A run that was killed goes on from its newest
    checkpoint; one that has ended is returned as it is.

    Parameters:
        config: A YAML file, the name of a config that comes with lis-sim (``"quickstart"``), its
            settings as a mapping, or a checked :class:`~lis_sim.config.RunConfig`.
        out: The run folder. Without it ``runs/NAME-XXXXXXXX``, the digits standing for settings
            and data, so that the same call finds its folder again.
        overrides: ``a.b=c`` settings, as with ``lis-sim run --set``.
        restart: Begin again even if the folder holds this run.

    Raises:
        ConfigError: A setting is not what is accepted.
        DataError: The log is not.
        RunError: The folder is another run's, or workers were lost too often.
        StorageError: Something cannot be written.

    >>> import tempfile
    >>> settings = {
    ...     "name": "tiny",
    ...     "data": {"synthetic": {"events": 2400, "users": 60, "items": 50}},
    ...     "stream": {"window": {"count": 6}, "step_events": 200},
    ...     "preferences": [{"name": "co_click"}],
    ...     "training": {"engine": "local"},  # in this process, without Ray
    ... }
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     settings["data"]["cache"] = f"{folder}/cache"
    ...     found = run(settings, out=f"{folder}/run", overrides=["replicates=2"])
    ...     files = {path.name for path in found.folder.iterdir()}
    >>> found.summary["replicates"], {"summary.json", "windows.jsonl", "config.yaml"} <= files
    (2, True)
    """
    checked = given_config(config, overrides)
    return execute(prepare(checked, None if out is None else Path(out)), restart)


def _engine(plan: RunPlan, folder: RunFolder, first: int) -> None:
    training = plan.config.training
    if training.engine == "ray":
        from lis_sim.training.cluster.engine import run_ray

        run_ray(plan, folder, training.device)
        return
    from lis_sim.training.local import run_local

    device = local_device(training.device)
    folder.note_engine({"workers": 1, "device": device})
    with memory_told(folder.path / WINDOWS):
        run_local(plan, folder, first, device)


def local_device(asked: str) -> str:
    """Return ``cuda`` or ``cpu`` for ``auto``, and check that what was asked for is there."""
    import torch

    if asked == "cuda" and not torch.cuda.is_available():
        raise RunError("training.device is cuda but torch sees no GPU; use auto or cpu")
    return "cuda" if asked != "cpu" and torch.cuda.is_available() else "cpu"


def _check_kept(prepared: PreparedRun) -> None:
    """Raise :class:`RunError` if a run that has ended did not keep what is asked for now."""
    wanted = prepared.plan.config.output.scores
    if wanted and not (prepared.folder.path / SCORES).is_dir():
        raise RunError(
            f"{prepared.folder.path} holds this run, which ended without keeping its scores; "
            "--restart plays it again and keeps them, or leave output.scores out"
        )


def _clean_up(plan: RunPlan) -> None:
    """Remove what killed commands left of Ray: a run that had ended starts none to do it."""
    if plan.config.training.engine == "ray":
        from lis_sim.training.cluster.session import remove_left

        remove_left()


def _facts(prepared: PreparedRun) -> dict[str, Any]:
    dataset, config = prepared.dataset, prepared.plan.config
    code = code_used(config, prepared.identity)
    return {
        "engine": config.training.engine,
        "label_rate": dataset.label_rate,
        "dataset": {
            "name": dataset.name,
            "fingerprint": dataset.fingerprint,
            "rows": dataset.rows,
            "negatives": dataset.negatives,
        },
        **_labels(prepared),
        "versions": {"lis_sim": lis_sim.__version__},
        **({"code": code} if code else {}),
    }


def _labels(prepared: PreparedRun) -> dict[str, Any]:
    """Return when labels are known and what became of them, where they come after their events."""
    dataset, delay = prepared.dataset, prepared.plan.config.stream.label_delay
    if not dataset.delayed:
        return {}
    records = [record["labels"] for record in prepared.folder.windows()]
    known = "as label_time says" if delay is None else f"{delay} after the event"
    counts = {name: sum(one[name] for one in records) for name in ("learned", "expired")}
    return {"labels": {"known": known, **counts}}
