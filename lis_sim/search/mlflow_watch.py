"""Sends the trials of a search to an MLflow tracking server, where `search.mlflow` names one."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from lis_sim.errors import ConfigError
from lis_sim.plain import shown
from lis_sim.plain.secrets import without_secrets
from lis_sim.search.folder import SearchFolder
from lis_sim.search.ledger import TrialRecord
from lis_sim.search.plain import text_of
from lis_sim.search.settings import TuneConfig

SEARCH_TAG = "lis_sim.search"  # the search's folder: the same trial of the same search is one run
TRIAL_TAG = "lis_sim.trial"
_ENDED = {"finished": "FINISHED", "stopped": "KILLED", "failed": "FAILED"}
# MLflow reads these when it is imported; a user's own values win.
_ENVIRONMENT = {
    # Its own are minutes, in which the search would stand still.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",  # on by default since 3.2
}
_LONGEST = 500  # characters of a parameter that every server takes


def mlflow_watch(tune: TuneConfig, folder: SearchFolder) -> MlflowWatch | None:
    """Return a watch that sends trials to ``search.mlflow``; None where that is not set.

    Raises :class:`ConfigError` when the package mlflow is not installed or does not take the URI;
    one with a password in it was refused when the config was read. A server that does not answer
    is given up after seconds, unless the environment says otherwise
    (``MLFLOW_HTTP_REQUEST_TIMEOUT``, ``MLFLOW_HTTP_REQUEST_MAX_RETRIES``).
    """
    uri = tune.search.mlflow
    if uri is None:
        return None
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise ConfigError(
            f"search.mlflow is {shown(uri)}, but the package mlflow cannot be imported ({error}); "
            "install it with `pip install 'lis-sim[mlflow]'`, or leave search.mlflow out"
        ) from error
    try:
        client = MlflowClient(tracking_uri=uri)
    except Exception as error:  # of mlflow's own family, or of whatever store the URI names
        raise ConfigError(
            f"search.mlflow is {shown(uri)}, which mlflow does not open: "
            f"{without_secrets(str(error))}; "
            "accepted: a tracking URI such as http://127.0.0.1:5000, or leave search.mlflow out"
        ) from error
    return MlflowWatch(client, tune.name, folder.path.name)


class MlflowWatch:
    """One MLflow run per trial: settings as parameters, objectives by windows played as metrics.

    A search that goes on finds the runs of its earlier commands by their tags and sends nothing
    twice. A server that does not answer is warned of once and then left alone: it never ends a
    search, whose numbers are all in its folder.

    Args:
        client: An ``mlflow.MlflowClient``.
        experiment: Name of the MLflow experiment; it is made when there is none.
        search: What tells this search from others in the experiment: its folder's name.
    """

    def __init__(self, client: Any, experiment: str, search: str) -> None:
        self._client, self._name, self._search = client, experiment, search
        self._experiment: str | None = None
        self._runs: dict[int, str] = {}
        self._sent: dict[int, int] = {}  # by trial, the windows whose objectives were sent
        self._silent = False

    def trial_started(self, record: TrialRecord) -> None:
        """Begin the trial's run, or find that of an earlier command."""
        self._try(partial(self._begin, record))

    def trial_reported(self, record: TrialRecord) -> None:
        """Send the objectives so far, at the step of the windows played."""
        self._try(partial(self._send, record))

    def trial_ended(self, record: TrialRecord) -> None:
        """Send what is left and end the run: FINISHED, KILLED (stopped early) or FAILED."""
        self._try(partial(self._end, record))

    def summed_up(self, summary: Mapping[str, Any]) -> None:
        """Add what came after the cut to the runs of the baseline and of every winner."""
        for role, entries in (("baseline", [summary["baseline"]]), ("winner", summary["best"])):
            for entry in entries:
                self._try(partial(self._sum_up, role, entry))

    def _begin(self, record: TrialRecord) -> None:
        if record.trial in self._runs:
            return
        found = self._earlier(record.trial)
        if found is not None:
            self._runs[record.trial] = found.info.run_id
            self._sent[record.trial] = int(found.data.metrics.get("windows", 0))
            return
        tags = {SEARCH_TAG: self._search, TRIAL_TAG: str(record.trial)}
        name = f"{self._search}-{record.trial:04d}"
        run = self._client.create_run(self._place(), run_name=name, tags=tags)
        self._runs[record.trial] = run.info.run_id
        for path, value in record.settings.items():
            text = value if isinstance(value, str) else text_of(value)
            self._client.log_param(run.info.run_id, path, text[:_LONGEST])

    def _send(self, record: TrialRecord) -> None:
        self._begin(record)
        if record.windows <= self._sent.get(record.trial, 0):
            return
        run = self._runs[record.trial]
        for name, value in record.objective.items():
            self._client.log_metric(run, _metric(name), value, step=record.windows)
        for name, value in (("windows", record.windows), ("events", record.events)):
            self._client.log_metric(run, name, float(value), step=record.windows)
        self._sent[record.trial] = record.windows

    def _end(self, record: TrialRecord) -> None:
        self._send(record)
        run = self._runs[record.trial]
        if record.error is not None:
            self._client.set_tag(run, "error", record.error)
        self._client.set_terminated(run, _ENDED[record.status])

    def _sum_up(self, role: str, entry: Mapping[str, Any]) -> None:
        if entry["trial"] not in self._runs:  # of an earlier command
            found = self._earlier(entry["trial"])
            if found is None:
                return
            self._runs[entry["trial"]] = found.info.run_id
        run = self._runs[entry["trial"]]
        self._client.set_tag(run, f"lis_sim.{role}", "true")
        for name, interval in entry["later"].items():
            for key, value in interval.items():
                if value is not None:
                    self._client.log_metric(run, f"later.{_metric(name)}.{key}", value)

    def _place(self) -> str:
        """Return the id of the experiment, made when there is none."""
        if self._experiment is None:
            found = self._client.get_experiment_by_name(self._name)
            made = self._client.create_experiment(self._name) if found is None else None
            self._experiment = str(made if found is None else found.experiment_id)
        return self._experiment

    def _earlier(self, trial: int) -> Any | None:
        asked = f"tags.`{SEARCH_TAG}` = '{self._search}' and tags.`{TRIAL_TAG}` = '{trial}'"
        return next(iter(self._client.search_runs([self._place()], filter_string=asked)), None)

    def _try(self, send: Callable[[], None]) -> None:
        if self._silent:
            return
        try:
            send()
        except Exception as error:  # whatever a server or the way to it may raise
            self._silent = True
            warnings.warn(
                f"MLflow did not take a trial ({type(error).__name__}: "
                f"{without_secrets(str(error))}); nothing more is sent to it. The search goes on, "
                "and its folder has everything",
                stacklevel=3,
            )


def _metric(name: str) -> str:
    """Return an objective's name as every server takes it: some refuse colons.

    >>> _metric("auc:clean")
    'auc.clean'
    """
    return name.replace(":", ".")
