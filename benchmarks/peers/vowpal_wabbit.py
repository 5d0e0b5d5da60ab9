"""Vowpal Wabbit, ``-q ::``: a linear model of six fields and of all their pairs, one pass.

It reads its own cache file, made beforehand, and not text; it predicts every event before it learns
from it. Predictions are printed in a pass that is not timed, since printing costs it a third.
"""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import numpy as np
import vowpalwabbit

from benchmarks.peers.measured import FIELDS, Pass, Scores, main, read

# 2**24 weights (slower than the default of 2**18, and better) and the better of 0.05, 0.1, 0.2
# and the default 0.5, on two million events of the built-in world.
_MODEL = "-b 24 -l 0.1 -q :: --loss_function logistic --quiet"


def prepare(log: Path, batch: int) -> Pass:
    """Return the pass; ``batch`` has no meaning here."""
    text, scores = log.with_suffix(".vw"), log.with_suffix(".vw.npy")
    source = f"-d {text} --cache_file {text}.cache"
    if not scores.exists():
        # In a process of its own, whose memory does not count.
        maker = multiprocessing.get_context("fork").Process(target=_make, args=(log, text, source))
        maker.start()
        maker.join()
        if maker.exitcode:
            raise SystemExit("no cache file was made for Vowpal Wabbit")
    found: Scores = np.load(scores)

    def play() -> Scores:
        _run(f"{source} {_MODEL}")
        return found

    return play


def _make(log: Path, text: Path, source: str) -> None:
    columns = read(log)
    labels = np.where(columns.label > 0, "1", "-1").tolist()
    fields = zip(*(columns.fields[name].tolist() for name in FIELDS), strict=True)
    form = " ".join(f"|{name[:2]} {{}}" for name in FIELDS)
    with text.open("w") as lines:
        for label, row in zip(labels, fields, strict=True):
            lines.write(f"{label} {form.format(*row)}\n")
    _run(f"{source} -k -b 24 --noop --quiet")
    _run(f"{source} {_MODEL} -p {text}.scores")
    np.save(log.with_suffix(".vw.npy"), np.loadtxt(f"{text}.scores", dtype=np.float32))


def _run(arguments: str) -> None:
    vowpalwabbit.Workspace(arguments).finish()


if __name__ == "__main__":
    main(prepare)
