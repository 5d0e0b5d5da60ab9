"""Logistic regression, factorisation machine (Rendle 2010) and matrix factorisation.

One idea: linear weights of everything known of an event, and products of factors beside them.
"""

from __future__ import annotations

from typing import Any, TypeVar

from lis_sim.types import Schema
from policies.backbone import Backbone
from policies.compiled_backbone import CompiledBackbone, runs_compiled
from policies.online import OnlineRanker
from policies.pairs import PairsBackbone
from policies.settings import DeepFMSettings, FMSettings, LogisticSettings, MFSettings

K = TypeVar("K", bound=FMSettings | DeepFMSettings)


class Logistic(OnlineRanker[LogisticSettings]):
    """A logistic regression: ``b + sum_f b_f``, a weight for each user, item and feature.

    The simplest recommender that learns by gradient steps: it knows how engaged a user is and how
    good an item, and nothing of the two together.
    """

    settings_type = LogisticSettings

    def _kind(self, compiled: bool) -> type[Backbone[LogisticSettings, Any]]:
        return PairsBackbone


class PairsRanker(OnlineRanker[K]):
    """What runs as machine code where it can, else by tensors."""

    def _runs_compiled(self) -> bool:
        return runs_compiled(self.settings.kernel, self.device, self.settings.dim)

    def _kind(self, compiled: bool) -> type[Backbone[K, Any]]:
        return CompiledBackbone if compiled else PairsBackbone


class FM(PairsRanker[FMSettings]):
    """A factorisation machine of second order: ``b + sum_f b_f + sum_{f < g} v_f . v_g``.

    Rendle 2010, "Factorization machines", equation 1.
    """

    settings_type = FMSettings


class MF(PairsRanker[MFSettings]):
    """Matrix factorisation with biases: ``b + b_u + b_i + v_u . v_i``.

    Koren, Bell and Volinsky 2009, "Matrix factorization techniques for recommender systems",
    equation 4, with the log loss of a binary label. Of any log it sees users and items alone:
    it ignores every categorical and numeric feature.
    """

    settings_type = MFSettings

    def __init__(self, schema: Schema, **named: Any) -> None:
        super().__init__(Schema(schema.users, schema.items), **named)
