"""Refuses a version that is retired (410) or was never there (400), and a caller who has agreed on none (400).

Who speaks a deprecated version is told so on every answer: RFC 9745 `Deprecation`, RFC 8594 `Sunset`, and where to
go in `Link`. The version is that of `Sluice-Version`, else the one agreed with the caller.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from email.utils import format_datetime
from typing import ClassVar

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.caller import Caller
from kit.door.lifecycle import Line, Version
from kit.door.policy import Pair, Request, Verdict


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where documents and people are pointed to."""

    documents: str = "/_gateway/openapi"
    """Where the documents of versions are."""


class Sunset:
    """Gives the version, and the operation as that version describes it."""

    needs: ClassVar[tuple[str, ...]] = ("caller", "operation", "fields")
    gives: ClassVar[tuple[str, ...]] = ("version",)

    def __init__(self, config: Config, *, lines: Mapping[str, Line]) -> None:
        self._lines = dict(lines)
        self._told = {
            (line.product, version.name): _fields(version, line, documents=config.documents)
            for line in lines.values()
            for version in line.versions.values()
        }

    @property
    def rests(self) -> bool:
        """Whether no product has versions."""
        return not self._lines

    def __call__(self, request: Request, /) -> Verdict:
        """Choose the version, and say how long it will live."""
        line = self._lines.get(request.matched.product)
        if line is None:
            return None
        asked = request.fields.get(b"sluice-version", b"").decode("latin-1")
        name = asked or _agreed(request.known, line)
        version = line.versions.get(name)
        if version is None:
            return _unknown(asked, line)
        request.answer += self._told[line.product, name]
        if version.state == "retired":
            return _retired(version)
        request.version = name
        request.operation = line.operations[name][request.matched.name]
        return None

    def instead(self, request: Request, /) -> None:
        """The newest version, as if nobody had asked for another."""
        line = self._lines[request.matched.product]
        request.version = line.newest
        request.operation = line.operations[line.newest][request.matched.name]


def _agreed(caller: Caller, line: Line) -> str:
    return line.pins.get(caller.client_id) or line.pins.get(caller.subject, "")


def _unknown(asked: str, line: Line) -> Problem:
    live = ", ".join(sorted((each.name for each in line.versions.values() if each.state != "retired"), reverse=True))
    code = "sunset.version_unknown" if asked else "sunset.version_missing"
    detail = "there is no such version" if asked else "no version was agreed with you, and none was asked for"
    return Problem(Kind.INVALID, code, detail, hint=f"send Sluice-Version with one of: {live}", status=400)


def _retired(version: Version) -> Problem:
    gone = f" since {version.sunset_on.isoformat()}" if version.sunset_on else ""
    hint = f"speak {version.successor}" if version.successor else ""
    context = {"version": version.name, "successor": version.successor}
    detail = f"version {version.name} is gone{gone}"
    return Problem(Kind.NOT_FOUND, "sunset.retired", detail, hint=hint, status=410, context=context)


def _fields(version: Version, line: Line, *, documents: str) -> tuple[Pair, ...]:
    told: list[Pair] = [(b"sluice-version", version.name.encode()), (b"vary", b"sluice-version")]
    if version.state == "active":
        return tuple(told)
    if version.deprecated_on is not None:
        told.append((b"deprecation", b"@%d" % int(_midnight(version.deprecated_on).timestamp())))
    if version.sunset_on is not None:
        told.append((b"sunset", format_datetime(_midnight(version.sunset_on), usegmt=True).encode()))
    links = []
    if version.successor:
        links.append(f'<{documents}/{line.product}-{version.successor}.json>; rel="successor-version"')
    if version.about:
        links += [f'<{version.about}>; rel="{rel}"; type="text/html"' for rel in ("deprecation", "sunset")]
    if links:
        told.append((b"link", ", ".join(links).encode()))
    return tuple(told)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
