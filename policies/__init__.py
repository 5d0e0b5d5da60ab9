"""Recommenders: arrays in, arrays out. No files, no environments, no Ray."""

from policies.base import Recommender
from policies.catalogue import make_policy

__all__ = ["Recommender", "make_policy"]
