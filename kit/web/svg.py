"""Small pictures drawn on the server: they print, need no script, and each says in words what it shows.

Nothing is styled inline, which the content policy forbids: colours come from classes of the one sheet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

_RECT: Final = Markup(
    '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2"><title>{}</title></rect>'
)
_FRAME: Final = Markup(
    '<svg class="drawn" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" aria-label="{2}">{3}</svg>'
)
Part = tuple[str, float, str]
"""What a piece is called, how much it is, and the class that colours it."""


def bar(parts: Sequence[Part], *, about: str, width: int = 240, height: int = 12) -> Markup:
    """One bar in pieces, each with its own title; a hairline keeps neighbours apart."""
    whole = sum(amount for _, amount, _ in parts)
    drawn, at = [], 0.0
    for name, amount, look in parts:
        if amount <= 0 or whole <= 0:
            continue
        wide = max(1.5, width * amount / whole - 1)
        drawn.append(_RECT.format(look, at, 0, wide, height, name))
        at += width * amount / whole
    return _picture(Markup("").join(drawn), about=about, width=width, height=height)


def spark(values: Sequence[float], *, about: str, width: int = 120, height: int = 28) -> Markup:
    """A line through values at even distances; nothing for fewer than two."""
    if len(values) < 2:
        return Markup("")
    top, bottom = max(values), min(values)
    span = (top - bottom) or 1.0
    step = (width - 4) / (len(values) - 1)
    points = " ".join(
        f"{2 + number * step:.1f},{height - 2 - (value - bottom) / span * (height - 4):.1f}"
        for number, value in enumerate(values)
    )
    line = Markup('<polyline class="line" points="{}"/>').format(points)
    return _picture(line, about=about, width=width, height=height)


def columns(
    values: Sequence[tuple[str, float]], *, about: str, look: str = "accent", width: int = 240, height: int = 56
) -> Markup:
    """Columns side by side, each with its name and value as a title."""
    most = max((value for _, value in values), default=0.0) or 1.0
    wide = width / max(1, len(values))
    drawn = [
        _RECT.format(look, number * wide + 1, height - tall, max(1.0, wide - 3), tall, f"{name}: {value:g}")
        for number, (name, value) in enumerate(values)
        for tall in [max(1.0 if value else 0.0, (height - 2) * value / most)]
    ]
    return _picture(Markup("").join(drawn), about=about, width=width, height=height)


def ring(part: float, whole: float, *, about: str, look: str = "accent", size: int = 44) -> Markup:
    """How much of a whole is used, as an arc that begins at the top."""
    radius = size / 2 - 4
    around = 2 * math.pi * radius
    used = 0.0 if whole <= 0 else max(0.0, min(1.0, part / whole)) * around
    middle = size / 2
    drawn = Markup(
        '<circle class="track" cx="{0}" cy="{0}" r="{1}"/><circle class="arc {2}" cx="{0}" cy="{0}" r="{1}" '
        'stroke-dasharray="{3:.1f} {4:.1f}" transform="rotate(-90 {0} {0})"/>'
    ).format(f"{middle:g}", f"{radius:g}", look, used, around)
    return _picture(drawn, about=about, width=size, height=size)


def _picture(drawn: Markup, *, about: str, width: int, height: int) -> Markup:
    return _FRAME.format(width, height, about, drawn)
