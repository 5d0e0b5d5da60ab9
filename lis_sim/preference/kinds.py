"""The kinds of preference data there are. A new one is one more entry here."""

from __future__ import annotations

from collections.abc import Mapping

from lis_sim.errors import ConfigError, nearest
from lis_sim.plain import own_code
from lis_sim.preference.co_click_kind import CO_CLICK
from lis_sim.preference.kind import Kind
from lis_sim.preference.own_source import OWN
from lis_sim.preference.pairs_source import PAIRS
from lis_sim.preference.sparse_id_kind import SPARSE_ID
from lis_sim.preference.table_source import TABLE

KINDS: Mapping[str, Kind] = {
    "co_click": CO_CLICK,
    "pairs": PAIRS,
    "sparse_id": SPARSE_ID,
    "table": TABLE,
}


def own_kind(kind: str) -> str | None:
    """Return the import path of a kind that is not ours, of a plug-in as well; None: it is ours.

    Nothing is imported.
    """
    return own_code.import_path(kind, own_code.PREFERENCES, KINDS)


def kind_of(name: str, kind: str) -> Kind:
    """Return the kind called ``kind``, or that of the user's own builder ``module:function``.

    A name that an installed plug-in declares is that of its builder.

    ``name`` is that of the data set, for the error.

    >>> kind_of("mine", "co_clik")
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: preference 'mine' has kind 'co_clik'; accepted: co_click, \
pairs, sparse_id, table, or my_package.my_module:function; did you mean 'co_click'?
    """
    if own_kind(kind) is not None:
        return OWN
    if kind not in KINDS:
        raise ConfigError(
            f"preference '{name}' has kind '{kind}'; accepted: {', '.join(KINDS)}, or "
            f"my_package.my_module:function{nearest(kind, KINDS)}"
        )
    return KINDS[kind]
