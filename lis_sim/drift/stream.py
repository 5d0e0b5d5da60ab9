"""The watch over the stream itself: who comes, what is shown, and what it looks like.

It reads the log a second time, apart from the environment, and remembers only how far it has come,
who was seen, and a bounded sample of the reference windows::

    windows     0 ... first | first ... first + R - 1 |  first + R ...
    entries       undefined |      undefined          |  against the reference

Nothing of it needs a checkpoint: a resumed run reads again what came before.
"""

from __future__ import annotations

from collections.abc import Sequence

from lis_sim.data.dataset import Dataset
from lis_sim.drift.measures import Measure, measures_of
from lis_sim.drift.measures_reference import Entry, MeasureReference, undefined
from lis_sim.drift.settings import DriftSettings
from lis_sim.drift.stream_rows import StreamRows
from lis_sim.drift.stream_sample import Sample, Sampler
from lis_sim.errors import RunError
from lis_sim.types import Window


class StreamWatch:
    """Measures the windows of ``dataset`` against a reference.

    Args:
        dataset: The log.
        windows: The plan's windows, which partition its rows.
        settings: Thresholds and the number of reference windows.
        representations: Names of the tables through which the items shown are looked at.
        first: The first reference window, that after the warm-up.
        seed: Of the samples.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
    >>> from lis_sim.data.windows import WindowRule, plan_windows
    >>> spec = SyntheticSpec(events=4000, users=50, items=40)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = write_synthetic(spec, Path(folder) / "world")
    ...     windows = plan_windows(log, WindowRule(count=10))
    ...     watch = StreamWatch(log, windows, DriftSettings(reference_windows=4), ["content"])
    ...     early, late = watch.measure(1), watch.measure(4)
    >>> early[0]
    {'measure': 'psi', 'of': 'items', 'value': None, 'reference': None, 'threshold': 0.2}
    >>> late[-1]["measure"], late[-1]["of"], late[-1]["value"] < late[-1]["threshold"]
    ('mmd', 'representation:content', True)
    """

    def __init__(
        self,
        dataset: Dataset,
        windows: Sequence[Window],
        settings: DriftSettings,
        representations: Sequence[str] = (),
        *,
        first: int = 0,
        seed: int = 0,
    ) -> None:
        self._dataset = dataset
        self._windows = tuple(windows)
        self._length = settings.reference_windows
        self._tables = {name: dataset.representation(name) for name in representations}
        self._seed = seed
        self._measures = measures_of(dataset.schema, representations, settings)
        self._first = {measure.of: first for measure in self._measures}
        self._references: dict[tuple[str, str], MeasureReference] = {}
        self._samples: dict[int, Sample] = {}
        self._sampler: Sampler
        self._rows: StreamRows
        self._rewind()

    def measure(self, window: int) -> list[Entry]:
        """Return the entry of every measure for ``window``, always in the same order.

        The windows before it that were not asked for are read first, those after it not at all.
        """
        if not 0 <= window < len(self._windows):
            raise RunError(
                f"window {window} was to be measured; accepted: 0 to {len(self._windows) - 1}"
            )
        if window < self._next:
            self._rewind()
        while self._next < window:
            self._read(self._next, self._needed(self._next))
        sample = self._read(window, True)
        assert sample is not None
        entries = [self._entry(measure, sample) for measure in self._measures]
        if not self._needed(window):
            del self._samples[window]
        return entries

    def restart(self, of: str, window: int) -> None:
        """Compare ``of`` from now on with the reference that begins with ``window``.

        After an event what is new has become the usual. Same calls in the same order, same entries:
        a resumed run makes them from the events it has committed.
        """
        if of not in self._first:
            raise RunError(f"{of!r} is not measured; accepted: {', '.join(self._first)}")
        self._first[of] = window
        for measure in self._measures:
            if measure.of == of:
                self._references.pop((measure.measure, of), None)
        if window < self._next:
            self._rewind()

    def extend(self, dataset: Dataset, windows: Sequence[Window]) -> None:
        """Go on with a log that has grown: ``windows`` begin with those measured so far."""
        if tuple(windows[: self._next]) != self._windows[: self._next]:
            raise RunError("a log that grew has other windows than before; start the run anew")
        self._dataset, self._windows = dataset, tuple(windows)
        self._rows.close()
        self._rows = StreamRows(dataset)

    def _entry(self, measure: Measure, sample: Sample) -> Entry:
        first = self._first[measure.of]
        if sample.window < first + self._length:
            return undefined(measure)
        return self._reference(measure, first).entry(sample)

    def _reference(self, measure: Measure, first: int) -> MeasureReference:
        key = (measure.measure, measure.of)
        if key not in self._references:
            windows = range(first, first + self._length)
            samples = [self._samples[window] for window in windows]
            self._references[key] = MeasureReference(measure, samples)
            self._forget()
        return self._references[key]

    def _needed(self, window: int) -> bool:
        """Return whether a reference that is not made yet will be of ``window``."""
        return any(
            first <= window < first + self._length
            for first in {
                self._first[one.of]
                for one in self._measures
                if (one.measure, one.of) not in self._references
            }
        )

    def _forget(self) -> None:
        """Drop the samples that no reference still to be made is of; not the newest."""
        newest = self._next - 1
        for window in [one for one in self._samples if one != newest and not self._needed(one)]:
            del self._samples[window]

    def _read(self, window: int, wanted: bool) -> Sample | None:
        spec = self._windows[window]
        blocks = self._rows.of(spec)
        self._next = window + 1
        if not wanted:
            self._sampler.skip(spec, blocks)
            return None
        self._samples[window] = self._sampler.take(spec, blocks)
        return self._samples[window]

    def _rewind(self) -> None:
        """Read the log from its start again; the references that were made stay."""
        self._next = 0
        self._samples = {}
        self._sampler = Sampler(self._tables, self._seed)
        self._rows = StreamRows(self._dataset)
