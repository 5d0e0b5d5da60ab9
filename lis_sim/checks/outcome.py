"""What a check is, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from lis_sim.errors import LisSimError
from lis_sim.plain.own_code import told

S = TypeVar("S")
Result = Literal["passed", "failed", "skipped"]


class BrokenError(Exception):
    """A check found the contract broken; its text is what was found."""


class UncheckedError(Exception):
    """A check does not apply; its text is why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a check.

    Attributes:
        check: Its name.
        arm: How the subject was made, where it can be made in several ways.
        result: ``passed``, ``failed`` or ``skipped``.
        found: What was found, or why it was skipped; empty where it passed.
        to_do: What to do about it; empty unless it failed.
    """

    check: str
    arm: str
    result: Result
    found: str = ""
    to_do: str = ""

    def record(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "check": self.check,
            "arm": self.arm,
            "result": self.result,
            "found": self.found,
            "to_do": self.to_do,
        }


@dataclass(frozen=True, slots=True)
class Check(Generic[S]):
    """One promise of the contract.

    Attributes:
        look: Looks at a subject; raises :class:`BrokenError` or :class:`UncheckedError`. Its name
            and docstring are those of the check.
        to_do: What whoever broke the promise can do.
        needs: Checks without which this one would say nothing: it is skipped unless they passed.
    """

    look: Callable[[S], None]
    to_do: str
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.look.__name__

    @property
    def says(self) -> str:
        """The promise, in a sentence."""
        return (self.look.__doc__ or self.name).partition("\n")[0].rstrip(".")

    def outcome(self, subject: S, arm: str = "") -> Outcome:
        """Look at ``subject``; whatever it raises is an outcome too."""
        try:
            self.look(subject)
        except UncheckedError as error:
            return Outcome(self.name, arm, "skipped", str(error))
        except (BrokenError, LisSimError) as error:
            return Outcome(self.name, arm, "failed", str(error), self.to_do)
        except Exception as error:  # somebody else's code runs in it
            return Outcome(self.name, arm, "failed", f"it raised {told(error)}", self.to_do)
        return Outcome(self.name, arm, "passed")


def outcomes(checks: Iterable[Check[S]], subject: S, arm: str = "") -> Iterator[Outcome]:
    """Yield the outcome of one check after the other, in their order.

    >>> def is_even(number: int) -> None:
    ...     if number % 2:
    ...         raise BrokenError(f"{number} is odd")
    >>> def is_four(number: int) -> None:
    ...     if number != 4:
    ...         raise BrokenError(f"{number} is not 4")
    >>> both = Check(is_even, "add 1"), Check(is_four, "take 4", needs=("is_even",))
    >>> for one in outcomes(both, 3):
    ...     print(one.check, one.result, one.found)
    is_even failed 3 is odd
    is_four skipped it says nothing before is_even has passed
    """
    passed: set[str] = set()
    for check in checks:
        lacking = [name for name in check.needs if name not in passed]
        if lacking:
            why = f"it says nothing before {', '.join(lacking)} has passed"
            yield Outcome(check.name, arm, "skipped", why)
            continue
        found = check.outcome(subject, arm)
        if found.result == "passed":
            passed.add(check.name)
        yield found
