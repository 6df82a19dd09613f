"""What routes.toml says of pages for people; refuses two groups at one prefix, and a prefix that is not one segment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from kit.door.operation import Body, Operation
from kit.door.page import Offered, Page
from kit.door.plan import Outage

METHODS: Final = ("GET", "POST")
_PREFIX: Final = re.compile(r"/[a-z][a-z0-9-]*")
_PATH: Final = re.compile(r"(/[A-Za-z0-9_-]+)+")
_FORM: Final = {"application/x-www-form-urlencoded": None}


class Pages(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group of pages behind a prefix; whoever opens one is signed in."""

    name: str
    """What they are called in limits and logs."""
    title: str
    """For people: how other pages refer to it."""
    owner: str
    """Who answers for it."""
    prefix: str
    """What a browser puts in front: one segment, "/tower"."""
    upstream: str
    """The tier that answers, and the audience of the internal token."""
    path: str
    """What the tier is asked in place of the prefix, "/control_tower/pages"."""
    scopes: tuple[str, ...]
    """All of these are needed; what a page does is held against the scopes of its operations besides."""
    limits: str = ""
    """In slowapi's grammar, for each person."""
    on_outage: Outage | Literal[""] = ""
    """open, closed or local: what becomes of the limits while they cannot be counted; empty for the policy's."""
    deadline_s: float = 15.0
    """Seconds until an answer must have begun."""


class PagesRefused(Exception):
    """A group cannot be offered; says the n-th, the key to blame where it is known, and why."""

    def __init__(self, number: int, reason: str, *, key: str = "") -> None:
        super().__init__(reason)
        self.number = number
        self.key = key


def read_pages(given: Any, *, upstreams: Mapping[str, str], taken: Iterable[str]) -> tuple[Pages, ...]:
    """The [[pages]] entries, in their order.

    Args:
        given: as TOML has them.
        upstreams: the tiers there are.
        taken: names and prefixes of products.

    Raises:
        PagesRefused: one cannot be read or offered.

    """
    if not isinstance(given, list):
        raise PagesRefused(0, "[[pages]] is a list")
    found: list[Pages] = []
    occupied = set(taken)
    for number, raw in enumerate(given):
        pages = _one(raw, number)
        if pages.upstream not in upstreams:
            reason = f"pages {pages.name}: no address for upstream {pages.upstream}"
            raise PagesRefused(number, reason, key="upstream")
        for key in ("name", "prefix"):
            value = getattr(pages, key)
            if value in occupied:
                raise PagesRefused(number, f"pages {pages.name}: the {key} {value} is taken", key=key)
            occupied.add(value)
        found.append(pages)
    return tuple(found)


def page_operations(pages: Iterable[Pages]) -> tuple[Operation, ...]:
    """What the door asks of each group: one operation a method, for whatever lies below the prefix."""
    groups = tuple(pages)
    offered = tuple(Offered(title=each.title, prefix=each.prefix, scopes=frozenset(each.scopes)) for each in groups)
    return tuple(
        Operation(
            name=f"{each.name}.{'read' if method == 'GET' else 'send'}",
            product=each.name,
            method=method,
            path=each.prefix,
            scopes=(frozenset(each.scopes),),
            body=Body(required=False, media=_FORM) if method == "POST" else None,
            upstream=each.upstream,
            strip=len(each.prefix),
            group="pages",
            limits=each.limits,
            on_outage=each.on_outage,
            deadline_s=each.deadline_s,
            page=Page(prefix=each.prefix, path=each.path, offered=offered),
        )
        for each in groups
        for method in METHODS
    )


def _one(raw: Any, number: int) -> Pages:
    try:
        pages = msgspec.convert(raw, Pages)
    except msgspec.ValidationError as fault:
        raise PagesRefused(number, str(fault)) from None
    if not _PREFIX.fullmatch(pages.prefix):
        raise PagesRefused(number, f"pages {pages.name}: {pages.prefix!r} is no prefix of one segment", key="prefix")
    if not _PATH.fullmatch(pages.path):
        raise PagesRefused(number, f"pages {pages.name}: {pages.path!r} is no path of a tier", key="path")
    if not pages.scopes:
        raise PagesRefused(number, f"pages {pages.name}: no scope is named, so nobody could be let in", key="scopes")
    return pages
