"""``python -m benchmarks.readme FIGURES.json``: renew the table of ``benchmarks/README.md``.

The file is what ``python -m benchmarks [--only NAME] --json`` has printed. Rows of the table whose
figures are not in it stay as they are; figures that the table does not have are added.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

README = Path(__file__).with_name("README.md")
_BEGIN, _END = "<!-- figures -->\n", "<!-- end of figures -->\n"
_HEAD = (
    "| figure | target | measured | least to largest | told beside it |\n|---|---|---|---|---|\n"
)


def renewed(text: str, figures: Sequence[Mapping[str, Any]]) -> str:
    """Return ``text`` with the rows of ``figures`` in its table.

    >>> page = "Above." + chr(10) + _BEGIN + _HEAD + _END
    >>> made = renewed(page, [{"name": "a", "value": 2.5, "target": ">= 2", "met": True}])
    >>> made.splitlines()[4]
    '| `a` | >= 2 | 2.5 |  |  |'
    """
    before, _, rest = text.partition(_BEGIN)
    table, _, after = rest.partition(_END)
    rows = {_name(row): row for row in table.removeprefix(_HEAD).splitlines()}
    rows |= {one["name"]: _row(one) for one in figures}
    return before + _BEGIN + _HEAD + "".join(f"{row}\n" for row in rows.values()) + _END + after


def _name(row: str) -> str:
    return row.split("|")[1].strip(" `")


def _row(figure: Mapping[str, Any]) -> str:
    low, high = figure.get("low"), figure.get("high")
    span = "" if low is None or high is None else f"{low:.4g} to {high:.4g}"
    value = "undefined" if figure["value"] is None else f"{figure['value']:.4g}"
    if figure.get("met") is False:
        value += " (missed)"
    detail = str(figure.get("detail", "")).replace("|", "/")
    return f"| `{figure['name']}` | {figure['target']} | {value} | {span} | {detail} |"


def main() -> None:
    """Rewrite the README with the figures of the file named on the command line."""
    figures = json.loads(Path(sys.argv[1]).read_text())["figures"]
    README.write_text(renewed(README.read_text(), figures))


if __name__ == "__main__":
    main()
