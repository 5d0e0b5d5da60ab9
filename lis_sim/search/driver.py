"""Runs the trials of a search through Ray Tune, and goes on where an earlier command ended."""

from __future__ import annotations

from typing import Any

from lis_sim.data.storing import KEPT, behind
from lis_sim.errors import LisSimError, RunError
from lis_sim.search.candidate import Cut
from lis_sim.search.folder import SearchFolder
from lis_sim.search.lost import OUT_OF_MEMORY, ran_out_of_memory
from lis_sim.search.progress import Progress
from lis_sim.search.quiet import environment, quiet
from lis_sim.search.resources import TrialShare, trial_share
from lis_sim.search.rules import rule_of
from lis_sim.search.searchers import searcher_of
from lis_sim.search.settings import TuneConfig
from lis_sim.search.watch import NoWatch, SearchWatch
from lis_sim.search.words import TRY_AGAIN
from lis_sim.training.cluster.session import ray_session


def run_search(tune: TuneConfig, cut: Cut, folder: SearchFolder, watch: SearchWatch) -> None:
    """Run all trials to their end; everything that comes of them is then in the ledger.

    Trials of the ledger that finished or were stopped are not repeated; those that had not ended
    go on from their folders, and failed ones are tried again.

    Raises:
        RunError: all trials failed, or Ray Tune did.
        KeyboardInterrupt: Ctrl-C; the ledger and the trials' folders hold what there is.
    """
    progress = search_progress(tune, cut, folder, NoWatch(), 1)
    progress.replay()
    if progress.over:
        progress = search_progress(tune, cut, folder, watch, 1)
        progress.replay()
    else:
        progress = _played(tune, cut, folder, watch)
    records = progress.records
    if all(record.status == "failed" for record in records):
        raise RunError(
            f"all {len(records)} trials of {folder.path} failed, the first with: "
            f"{records[0].error}; the same command tries them again"
        )


def _played(tune: TuneConfig, cut: Cut, folder: SearchFolder, watch: SearchWatch) -> Progress:
    # In this order: Ray sets the level of its own words when it starts.
    with ray_session(tune.base.training.ray_address) as ray, quiet():
        share = trial_share(tune, ray.cluster_resources())
        progress = search_progress(tune, cut, folder, watch, share.concurrent)
        progress.replay()
        # Else the processes of the first trials start one after the other.
        with environment({"TUNE_MAX_PENDING_TRIALS_PG": str(share.concurrent)}):
            while not _fit(_tuner(tune, cut, folder, progress, share), progress, folder):
                pass
    if progress.refused is not None:
        raise RunError(
            f"the config as written makes no run, and is what all trials are compared with: "
            f"{progress.refused}; {TRY_AGAIN}"
        )
    if not progress.over:  # Tune takes Ctrl-C for itself, ends its trials and returns
        raise KeyboardInterrupt
    return progress


def _fit(tuner: Any, progress: Progress, folder: SearchFolder) -> bool:
    """Let Ray Tune run; return whether it came to an end, or has to be begun once more."""
    try:
        tuner.fit()
        return True
    except LisSimError:
        raise
    except Exception as error:
        if ran_out_of_memory(error) and progress.break_off(OUT_OF_MEMORY):
            return False
        if (full := behind(error, folder.path, KEPT)) is not None:
            raise full from error
        last = str(error).strip().rpartition("\n")[2]
        raise RunError(
            f"Ray Tune ended the search ({type(error).__name__}: {last[:300]}); what the trials "
            "had is kept: the same command goes on from there"
        ) from error


def search_progress(
    tune: TuneConfig, cut: Cut, folder: SearchFolder, watch: SearchWatch, concurrent: int
) -> Progress:
    """Return where a search stands: nothing yet, until the ledger is replayed."""
    searcher = searcher_of(tune, concurrent)
    rule = rule_of(tune, cut, searcher.most)
    return Progress(folder.ledger, searcher, rule, tune.objectives, cut, watch, concurrent)


def _tuner(
    tune: TuneConfig, cut: Cut, folder: SearchFolder, progress: Progress, share: TrialShare
) -> Any:
    from ray import tune as ray_tune
    from ray.tune.logger import TBXLoggerCallback

    from lis_sim.search.trainable import make_trainable
    from lis_sim.search.tune_parts import TuneScheduler, TuneSearcher, number

    tensorboard: Any = TBXLoggerCallback
    trainable = make_trainable(tune, cut, folder.trials, share.nested)
    return ray_tune.Tuner(
        ray_tune.with_resources(trainable, share.resources),
        tune_config=ray_tune.TuneConfig(
            search_alg=TuneSearcher(progress),
            scheduler=TuneScheduler(progress, tuple(one.name for one in tune.objectives)),
            num_samples=-1,  # the searcher says when it is over
            reuse_actors=True,
            trial_name_creator=lambda trial: f"trial-{number(trial):04d}",
            trial_dirname_creator=lambda trial: f"trial-{number(trial):04d}",
        ),
        run_config=ray_tune.RunConfig(
            name=folder.tune.name,
            storage_path=str(folder.path),
            verbose=0,
            callbacks=[tensorboard()],
            checkpoint_config=ray_tune.CheckpointConfig(num_to_keep=1),
        ),
    )
