"""``lis_sim.score``: from scores of a ranker trained elsewhere to a run folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lis_sim
from lis_sim.data.storing import KEPT, storing
from lis_sim.scores import LisFamily
from lis_sim.scoring.cells import scored_windows
from lis_sim.scoring.file import ScoreFile
from lis_sim.scoring.parts import fingerprint_of
from lis_sim.scoring.plan import ScorePlan, plan_scores
from lis_sim.scoring.records import Records
from lis_sim.scoring.scan import Scan, scan
from lis_sim.scoring.settings import ScoreSettings, name_for, score_settings
from lis_sim.training.committer import Committer
from lis_sim.training.folder import RunFolder
from lis_sim.training.owned_folder import named_for
from lis_sim.training.run_result import Run

Watch = Callable[[int, int], None]  # windows done, of how many


@dataclass(frozen=True, slots=True)
class PreparedScores:
    """A file whose events are known and cut, and the folder that its scores go to."""

    settings: ScoreSettings
    scan: Scan
    plan: ScorePlan
    folder: RunFolder
    identity: Mapping[str, Any]


def prepare_scores(path: Path, settings: ScoreSettings, out: Path | None = None) -> PreparedScores:
    """Open the file, read its times and labels once and cut it into windows.

    Without ``out`` the folder is ``runs/NAME-XXXXXXXX``, the digits standing for settings and
    content, so that the same command finds its folder again.
    """
    file = ScoreFile.open(path.resolve(), settings)
    found = scan(file)
    plan = plan_scores(settings, found)
    identity = {
        "settings": settings.deciding(),
        "data": {"events": fingerprint_of(file.parts), "representations": {}},
        "lis_sim": lis_sim.__version__,
    }
    folder = RunFolder((out or named_for("runs", settings.name, identity)).resolve())
    return PreparedScores(settings, found, plan, folder, identity)


@contextmanager
def claimed_scores(prepared: PreparedScores, restart: bool = False) -> Iterator[None]:
    """Hold the folder while the block runs; :class:`RunError` if it is not to be had.

    ``restart`` removes what the folder holds of a run.
    """
    folder, source = prepared.folder, str(prepared.scan.file.path)
    with storing(folder.path, KEPT), folder.held():
        settings = {**prepared.settings.deciding(), "data": {"source": source}}
        folder.claim_for(settings, prepared.identity, restart)
        yield


def play_scores(prepared: PreparedScores, watch: Watch | None = None) -> Run:
    """Score all windows into a claimed folder, from the first one; a finished one is returned."""
    folder = prepared.folder
    if not folder.finished:
        folder.go_back()  # there are no checkpoints: to the beginning
        folder.write_summary(_played(prepared, watch or _unwatched))
    return Run(folder.path, folder.summary())


def score(
    path: Path | str,
    *,
    out: Path | str | None = None,
    restart: bool = False,
    **settings: Any,
) -> Run:
    """Return the LIS family of a ranker trained elsewhere, as ``lis-sim score`` does.

    Parameters:
        path: A Parquet file, or a folder of files whose names sort by time: one row an event (and
            replicate) in time order, with its user, time, label and one column of scores for
            every arm.
        out: The run folder. Without it ``runs/NAME-XXXXXXXX``, of the file's name.
        restart: Begin again even if the folder holds these scores.
        settings: As :class:`~lis_sim.scoring.settings.ScoreSettings` has them.

    Raises:
        DataError: The file is not what is accepted; it names row and column.
        ConfigError: The settings are not.
        RunError: The folder is another run's.

    >>> import tempfile, pyarrow as pa, pyarrow.parquet as pq
    >>> day = 86_400
    >>> table = pa.table(
    ...     {
    ...         "user": [0, 1, 0, 1, 2, 2] * 2,
    ...         "time": [1_700_000_000 + k * day for k in range(12)],
    ...         "label": [0, 1, 1, 0, 1, 0] * 2,
    ...         "clean": [0.1, 0.3, 0.2, 0.4, 0.5, 0.2] * 2,
    ...         "leaked:likes": [0.1, 0.5, 0.6, 0.2, 0.4, 0.1] * 2,
    ...     }
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pq.write_table(table, Path(folder) / "ctr.parquet")
    ...     run = score(
    ...         Path(folder) / "ctr.parquet",
    ...         out=Path(folder) / "run",
    ...         stream={"window": {"count": 2}, "warmup": 0.0},
    ...     )
    ...     lis = run.summary["scores"][0]
    >>> lis["score"], round(lis["value"], 3), lis["users"], run.summary["replicates"]
    ('lis', 0.278, 3, 1)
    """
    file = Path(path)
    given = {"name": name_for(file)} | settings
    prepared = prepare_scores(file, score_settings(**given), None if out is None else Path(out))
    with claimed_scores(prepared, restart):
        return play_scores(prepared)


score_file = score  # as it was called first


def _played(prepared: PreparedScores, watch: Watch) -> dict[str, Any]:
    """Commit every window and return the summary."""
    plan, committer = prepared.plan, Committer(prepared.folder)
    family = LisFamily(plan.family)
    records = Records(plan, prepared.settings)
    began = time.perf_counter()
    for window, cells in scored_windows(plan, prepared.scan):
        family.add(window.index, cells)
        record = records.of_window(window, family, cells)
        ended = time.perf_counter()
        committer.commit(record, {"window": window.index, "seconds": ended - began})
        began = ended
        watch(window.index + 1, len(plan.windows))
    return records.summary(prepared.folder.path.name, family, _facts(prepared))


def _facts(prepared: PreparedScores) -> dict[str, Any]:
    found, file = prepared.scan, prepared.scan.file
    return {
        "label_rate": found.positives / found.rows,
        "clustered_by": "users and items" if file.has("item") else "users",
        "dataset": {
            "name": file.path.name,
            "fingerprint": prepared.identity["data"]["events"],
            "rows": file.rows,
            "negatives": None,
        },
        "versions": {"lis_sim": lis_sim.__version__},
    }


def _unwatched(done: int, of: int) -> None:
    """Nobody looks."""
