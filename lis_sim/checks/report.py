"""``lis_sim.checks.check``: all checks of a recommender or of a builder, by its name."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

import torch

from lis_sim.checks.builder_checks import BUILDER_CHECKS, BuilderCase
from lis_sim.checks.case import ARMS, Case, Make
from lis_sim.checks.outcome import Outcome, Result, outcomes
from lis_sim.checks.policy import POLICY_CHECKS
from lis_sim.checks.world import BATCH_EVENTS, SCHEMA
from lis_sim.errors import ConfigError, nearest
from lis_sim.plain import own_code
from lis_sim.preference import PreferenceSpec
from lis_sim.preference.kinds import KINDS, own_kind
from lis_sim.preference.own import own_builder
from policies import Recommender, make_policy
from policies.catalogue import POLICIES, own_policy
from policies.own import is_recommender, own_class, takes

What = Literal["policy", "preference"]
# A module's tables are checked at a size that is made in no time, unless one is asked for.
_SMALL = {"batch_events": BATCH_EVENTS, "hash_bits": 10}


@dataclass(frozen=True, slots=True)
class Report:
    """What came of all checks of one subject, in their order.

    ``seconds`` are those of the checks; what the subject imports when it is made is not in them.
    """

    name: str
    what: What
    outcomes: tuple[Outcome, ...]
    seconds: float

    @property
    def failed(self) -> int:
        """How many checks failed."""
        return self.count("failed")

    def count(self, result: Result) -> int:
        """Return how many outcomes have this result."""
        return sum(one.result == result for one in self.outcomes)

    def record(self) -> dict[str, Any]:
        """Return it as plain values."""
        counts = {one: self.count(one) for one in ("passed", "failed", "skipped")}
        found = [one.record() for one in self.outcomes]
        return {
            "name": self.name,
            "what": self.what,
            **counts,
            "seconds": round(self.seconds, 3),
            "checks": found,
        }


def check(
    name: str,
    settings: Mapping[str, Any] | None = None,
    told: Callable[[Outcome], None] = lambda outcome: None,
    arms: Collection[str] = tuple(ARMS),
) -> Report:
    """Run the contract's checks on a recommender, or on a builder of preference data.

    Args:
        name: ``package.module:Class`` or ``package.module:function``, the name of an installed
            plug-in, or a policy of ours.
        settings: Its settings, as in a config. A module's tables have 2**10 rows here and it learns
            16 events at a time, unless these say otherwise.
        told: Is told every outcome as it comes.
        arms: The arms that a policy is checked as: some of ``clean``, ``joint``, ``residual``.

    Raises:
        ConfigError: there is no such thing, or it cannot be made with these settings.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as runs do: sums differ in their last bits with the number
    try:
        what = _what(name)
        given = dict(settings or {})
        # Made once: settings that it does not accept are an error, not a failed check.
        running = _policy(name, given, arms) if what == "policy" else _builder(name, given)
        began = time.perf_counter()
        found: list[Outcome] = []
        for one in running:
            found.append(one)
            told(one)
    finally:
        torch.set_num_threads(threads)
    return Report(name, what, tuple(found), time.perf_counter() - began)


def _what(name: str) -> What:
    if ":" in name:
        accepted = "package.module:Class, or package.module:function"
        found = own_code.imported(name, f"to be checked is '{name}'", accepted)
        if inspect.isclass(found):
            return "policy"
        if not callable(found):
            raise ConfigError(
                f"to be checked is '{name}', which is neither a class nor a function but of type "
                f"{type(found).__name__}; accepted: {accepted}"
            )
        return "preference"
    if name in POLICIES or own_policy(name) is not None:
        return "policy"
    if own_kind(name) is not None:
        return "preference"
    if name in KINDS:
        raise ConfigError(
            f"'{name}' is a kind of preference data of ours, which our own tests check; accepted: "
            "a policy, or a builder of your own as package.module:function"
        )
    groups = (own_code.POLICIES, own_code.PREFERENCES)
    known = [*POLICIES, *(one for group in groups for one in own_code.plugin_names(group))]
    raise ConfigError(
        f"'{name}' is not known; accepted: package.module:Class, package.module:function, "
        f"{', '.join(known)}{nearest(name, known)}"
    )


def _policy(name: str, given: Mapping[str, Any], arms: Collection[str]) -> Iterator[Outcome]:
    path = own_policy(name)
    module = path is not None and not is_recommender(own_class(path))
    settings = {**_SMALL, **given} if module else given

    def make(seed: int, dimensions: int | None) -> Recommender:
        return make_policy(name, SCHEMA, seed=seed, dimensions=dimensions, settings=settings)

    make(0, None)
    joint = path is None or module or takes(path, "dimensions")
    if unknown := [arm for arm in arms if arm not in ARMS]:
        raise ConfigError(f"arms has '{unknown[0]}'; accepted: {', '.join(ARMS)}")
    return _arms(make, joint, arms)


def _arms(make: Make, joint: bool, arms: Collection[str]) -> Iterator[Outcome]:
    for arm in arms:
        form, seen = ARMS[arm]
        if arm == "joint" and not joint:
            why = "its constructor takes no `dimensions`: it goes with form residual only"
            yield from (Outcome(one.name, arm, "skipped", why) for one in POLICY_CHECKS)
            continue
        yield from outcomes(POLICY_CHECKS, Case(make, form, seen), arm)


def _builder(name: str, given: Mapping[str, Any]) -> Iterator[Outcome]:
    spec = PreferenceSpec("checked", name, given)
    why = "the platform cuts what each arm and fold may see before it calls a builder"
    cut = Outcome("sees_no_more_than_its_arm", "", "skipped", why)
    return chain(outcomes(BUILDER_CHECKS, BuilderCase(spec, own_builder(spec))), [cut])
