"""Why a trial failed, in words that go from its process to the search's without a pickle.

Ray Tune keeps the error of a trial in two files: a pickle, and a text that ends like a traceback.
Only the text is read. A trial's own process puts the words under its error as a note, which is the
last line of that text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from lis_sim.errors import LisSimError
from lis_sim.search.lost import PROCESS_DIED

_NOTE = "lis-sim says: "
_LONGEST = 500  # characters that the ledger keeps
_READ = 1 << 20  # bytes of the file that are looked at: its end
_DIED = "The actor "  # how Ray's words for a lost process begin
_TRACEBACK = "Traceback (most recent call last)"
_UNKNOWN = "for a reason that Ray Tune did not keep"


@dataclass(frozen=True, slots=True)
class TrialError:
    """What is known of a failure.

    Attributes:
        words: what the ledger and the report show.
        told: the trial's own process said so; else it died, or Tune itself failed.
    """

    words: str
    told: bool


def tell(error: LisSimError) -> None:
    r"""Put the words of ``error`` under it, for :func:`read_error` in another process.

    >>> error = LisSimError("no window\nat all")
    >>> tell(error)
    >>> error.__notes__
    ['lis-sim says: "no window\\nat all"']
    """
    error.add_note(_NOTE + json.dumps(str(error)[:_LONGEST]))


def read_error(file: str | None) -> TrialError:
    """Return what Tune's text file of a failed trial says; nothing in it is executed.

    >>> read_error(None).words
    'for a reason that Ray Tune did not keep'
    """
    if file is None or not Path(file).is_file():
        return TrialError(_UNKNOWN, told=False)
    with Path(file).open("rb") as content:
        size = content.seek(0, 2)
        content.seek(max(0, size - _READ))
        text = content.read().decode("utf-8", "replace")
    return _last(text)


def _last(text: str) -> TrialError:
    """Return the last failure of a text: a trial that is tried again adds to it."""
    last = text.rpartition("Failure # ")[2].split("\n", 1)[-1]
    lines = [line for line in last.splitlines() if line.strip()]
    for line in reversed(lines):
        if line.startswith(_NOTE):
            words = _decoded(line.removeprefix(_NOTE))
            if words is not None:
                return TrialError(words[:_LONGEST], told=True)
    if lines and lines[0].startswith(_DIED) and _TRACEBACK not in last:
        return TrialError(PROCESS_DIED, told=False)
    return TrialError(lines[-1].strip()[:_LONGEST] if lines else _UNKNOWN, told=False)


def _decoded(text: str) -> str | None:
    try:
        words = json.loads(text)
    except ValueError:
        return None
    return words if isinstance(words, str) else None
