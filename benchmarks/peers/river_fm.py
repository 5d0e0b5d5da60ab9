"""River's factorisation machine with 16 factors, one event at a time as it takes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from river import facto

from benchmarks.peers.measured import FIELDS, SEED, Pass, Scores, main, read


def prepare(log: Path, batch: int) -> Pass:
    """Return the pass: of every event a prediction, then a step. ``batch`` has no meaning here."""
    columns = read(log)
    rows = zip(*(columns.fields[name].tolist() for name in FIELDS), strict=True)
    events = [
        {f"{name}_{value}": 1.0 for name, value in zip(FIELDS, row, strict=True)} for row in rows
    ]
    labels = [bool(label) for label in columns.label]
    model: Any = facto.FMClassifier(n_factors=16, seed=SEED)

    def play() -> Scores:
        scores = np.empty(len(events), np.float32)
        for index, (event, label) in enumerate(zip(events, labels, strict=True)):
            scores[index] = model.predict_proba_one(event)[True]
            model.learn_one(event, label)
        return scores

    return play


if __name__ == "__main__":
    main(prepare)
