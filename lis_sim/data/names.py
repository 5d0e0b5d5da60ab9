"""Names that become files of ours: they stay below the folder they are written to."""

from __future__ import annotations

import unicodedata

from lis_sim.errors import LisSimError

LONGEST = 200  # bytes: file systems take 255, and endings are added
PLAIN = f"a plain name: no '/', '\\', leading '.' or control character, at most {LONGEST} bytes"


def is_plain(name: object) -> bool:
    r"""Return whether ``name`` can be the name of one file in one folder.

    >>> [is_plain(name) for name in ("Käufer typ", "a.b", "../a", "/etc/a", "..", "a\0", "", 7)]
    [True, True, False, False, False, False, False, False]
    """
    if not isinstance(name, str) or not name or name.startswith("."):
        return False
    if any(one in "/\\" or unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") for one in name):
        return False
    return len(name.encode("utf-8")) <= LONGEST


def check_plain(name: object, what: str, error: type[LisSimError]) -> None:
    r"""Raise ``error`` unless ``name``, which is ``what``, is a plain name.

    A log, a preset or a record may come from somebody else: a name such as ``../../evil`` must
    not lead out of the folder that it is put in.

    >>> from lis_sim.errors import DataError
    >>> check_plain("../evil", "the name in dataset.json", DataError)
    Traceback (most recent call last):
    lis_sim.errors.DataError: the name in dataset.json is '../evil', which becomes the name of a
    file; accepted: a plain name: no '/', '\', leading '.' or control character, at most 200 bytes
    """
    if not is_plain(name):
        shown = repr(name)
        shown = shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}..."
        raise error(f"{what} is {shown}, which becomes the name of a file; accepted: {PLAIN}")
