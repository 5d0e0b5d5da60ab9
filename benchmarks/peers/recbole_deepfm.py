"""RecBole's DeepFM: one training epoch of its trainer, in the order of the log."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from benchmarks.peers.measured import (
    FIELDS,
    SEED,
    Columns,
    Pass,
    Scores,
    main,
    old_numpy_names,
    read,
)

old_numpy_names()

from recbole.config import Config
from recbole.data.dataloader import TrainDataLoader
from recbole.data.dataset import Dataset
from recbole.model.context_aware_recommender.deepfm import DeepFM
from recbole.trainer import Trainer
from recbole.utils import init_seed

_SETTINGS = {
    "USER_ID_FIELD": "user",
    "ITEM_ID_FIELD": "item",
    "LABEL_FIELD": "label",
    "load_col": {"inter": [*FIELDS, "label"]},
    "embedding_size": 16,
    "mlp_hidden_size": [64, 32],
    "dropout_prob": 0.0,
    "train_neg_sample_args": None,
    "shuffle": False,
    "use_gpu": False,
    "show_progress": False,
    "save_dataset": False,
    "seed": SEED,
    "learning_rate": 0.005,
}


def prepare(log: Path, batch: int) -> Pass:
    """Return the pass: an epoch whose forward passes, each before its step, are kept as scores."""
    torch.set_num_threads(1)
    columns, back = read(log), Path.cwd()
    with tempfile.TemporaryDirectory(prefix="recbole-") as folder:
        os.chdir(folder)  # where it is to leave its own logs
        _write(columns, Path(folder) / "log")
        own = {"data_path": folder, "train_batch_size": batch, "checkpoint_dir": folder}
        config = Config(model="DeepFM", dataset="log", config_dict={**_SETTINGS, **own})
        init_seed(SEED, True)
        dataset = Dataset(config)
        dataset._change_feat_format()  # what build() does after splitting: columns to tensors
        loader = TrainDataLoader(config, dataset, None, shuffle=False)
        model = DeepFM(config, dataset)
        trainer = Trainer(config, model)
        os.chdir(back)
    kept: list[torch.Tensor] = []  # an epoch tells its loss alone
    forward = model.forward

    def keeping(batch: Any) -> torch.Tensor:
        logit: torch.Tensor = forward(batch)
        kept.append(logit.detach())
        return logit

    model.forward = keeping

    def play() -> Scores:
        trainer._train_epoch(loader, 0)
        scores: Scores = torch.cat(kept).numpy()
        return scores

    return play


def _write(columns: Columns, folder: Path) -> None:
    folder.mkdir()
    table: dict[str, Any] = {f"{k}:token": v for k, v in columns.fields.items()}
    table["label:float"] = columns.label
    pd.DataFrame(table).to_csv(folder / "log.inter", sep="\t", index=False)


if __name__ == "__main__":
    main(prepare)
