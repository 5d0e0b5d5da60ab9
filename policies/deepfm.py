"""DeepFM (Guo et al. 2017, arXiv 1703.04247), trained one step at a time."""

from __future__ import annotations

from policies.fm import PairsRanker
from policies.settings import DeepFMSettings


class DeepFM(PairsRanker[DeepFMSettings]):
    """A factorisation machine and a multilayer perceptron over one embedding table.

    With factors ``v_f`` of user, item, every categorical feature, and of numeric features times
    their value, and as many linear weights ``b_f``, the logit is

        b + sum_f b_f + sum_{f < g} v_f . v_g + MLP(v_1, v_2, ...)

    It learns, and takes a representation in, as every :class:`~policies.online.OnlineRanker`.
    """

    settings_type = DeepFMSettings
