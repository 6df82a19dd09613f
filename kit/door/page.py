"""What the door knows of pages for people: where they are, who may see them, and what a browser has to prove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kit.caller import Caller

SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A group of pages as others refer to it."""

    title: str
    prefix: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One group of pages.

    `prefix` is what a browser puts in front and `path` what the tier is asked in its place; `offered` are all groups
    of the snapshot, this one among them, so that each can point to those its reader may see.
    """

    prefix: str
    path: str
    offered: tuple[Offered, ...]

    def reached_by(self, caller: Caller) -> list[tuple[str, str]]:
        """Title and prefix of every group this caller may see."""
        return [(each.title, each.prefix) for each in self.offered if all(caller.may(scope) for scope in each.scopes)]


def same_origin(fields: Mapping[bytes, bytes]) -> bool:
    """Whether a browser says that a page of ours has sent this.

    A script can set neither field. A browser that sends no `Sec-Fetch-Site` names the `Origin` of every form that is
    posted; who names neither has proved nothing.
    """
    site = fields.get(b"sec-fetch-site")
    if site is not None:
        return site == b"same-origin"
    _, found, authority = fields.get(b"origin", b"").partition(b"://")
    return bool(found) and authority.lower() == fields.get(b"host", b"").lower()


def is_navigation(fields: Mapping[bytes, bytes]) -> bool:
    """Whether a person looks at the answer, and not a script that wants a piece of a page or a stream."""
    mode = fields.get(b"sec-fetch-mode")
    if mode is not None:
        return mode == b"navigate"
    return b"hx-request" not in fields and b"text/html" in fields.get(b"accept", b"")
