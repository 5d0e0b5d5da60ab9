"""FuxiCTR's DeepFM: 16 numbers per factor, perceptron 64-32, its Adam, its training step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from benchmarks.peers.measured import SEED, Columns, Pass, Scores, main, old_numpy_names, read

old_numpy_names()

from fuxictr.features import FeatureMap
from fuxictr.pytorch.layers import FactorizationMachine, FeatureEmbedding, MLP_Block
from fuxictr.pytorch.models import BaseModel
from fuxictr.pytorch.torch_utils import seed_everything

# The best of 0.001 to 0.02 on two million events of the built-in world, by batch.
_RATES = {1_024: 0.003, 4_096: 0.01}
_WARM_BATCHES = 3


class DeepFM(BaseModel):  # type: ignore[misc]
    """Their blocks put together as in their collection of models, which is in no package."""

    def __init__(self, features: FeatureMap, rate: float) -> None:
        super().__init__(features, model_id="DeepFM", verbose=0, model_root="", metrics=["AUC"])
        self.factors = FeatureEmbedding(features, 16)
        self.fm = FactorizationMachine(features)
        self.mlp = MLP_Block(features.sum_emb_out_dim(), hidden_units=[64, 32], output_dim=1)
        self._max_gradient_norm = 10.0  # what their fit() sets
        self.compile("adam", "binary_crossentropy", rate)
        self.reset_parameters()

    def forward(self, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        own = self.get_inputs(inputs)
        factors = self.factors(own)
        logit = self.fm(own, factors) + self.mlp(factors.flatten(start_dim=1))
        return {"y_pred": self.output_activation(logit)}


def prepare(log: Path, batch: int) -> Pass:
    """Return the pass: of every batch a prediction without gradients, then a training step."""
    torch.set_num_threads(1)
    columns = read(log)
    batches = _batches(columns, batch)
    _play(_model(columns, _RATES[batch]), batches[:_WARM_BATCHES])
    model = _model(columns, _RATES[batch])
    return lambda: _play(model, batches)


def _model(columns: Columns, rate: float) -> DeepFM:
    seed_everything(SEED)
    features = FeatureMap("log", ".")
    features.default_emb_dim = 16
    features.labels = ["label"]
    for name, size in columns.sizes().items():
        features.features[name] = {"source": "", "type": "categorical", "vocab_size": size}
    features.num_fields = features.get_num_fields()
    model = DeepFM(features, rate)
    model.train()  # nothing in it behaves otherwise when it predicts
    return model


def _batches(columns: Columns, size: int) -> list[dict[str, torch.Tensor]]:
    tensors: dict[str, Any] = {k: torch.from_numpy(v) for k, v in columns.fields.items()}
    tensors["label"] = torch.from_numpy(columns.label)
    starts = range(0, len(columns), size)
    return [{k: v[start : start + size] for k, v in tensors.items()} for start in starts]


def _play(model: DeepFM, batches: list[dict[str, torch.Tensor]]) -> Scores:
    scores = []
    for one in batches:
        with torch.no_grad():
            scores.append(model(one)["y_pred"].view(-1))
        model.train_step(one)
    found: Scores = torch.cat(scores).numpy()
    return found


if __name__ == "__main__":
    main(prepare)
