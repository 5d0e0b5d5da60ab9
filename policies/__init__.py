"""Recommenders: arrays in, arrays out. No files, no environments, no Ray."""

from policies.base import Recommender
from policies.catalogue import check_form, make_policy
from policies.own_batch import TensorBatch
from policies.residual import CleanArm

__all__ = ["CleanArm", "Recommender", "TensorBatch", "check_form", "make_policy"]
