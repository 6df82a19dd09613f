"""Templates and what they may use: the frame, its parts and the formats; refuses a name that is not there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, select_autoescape

from kit.web import formats, svg
from kit.web.assets import address

_HERE: Final = Path(__file__).parent / "templates"
_FILTERS: Final = {
    "money": formats.money,
    "sums": formats.sums,
    "moment": formats.moment,
    "machine": formats.machine,
    "second": formats.second,
    "lasting": formats.length,
    "words": formats.words,
    "heading": formats.heading,
    "listed": formats.listed,
}


def environment(*folders: Path, values: Mapping[str, Any] | None = None) -> Environment:
    """Templates of `folders`, before those of the frame; everything is escaped unless a template says otherwise."""
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader([*folders, _HERE])]),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(_FILTERS)
    made.globals.update({"asset": address, "until": formats.until, "svg": svg, "share": formats.share})
    made.globals.update(values or {})
    return made
