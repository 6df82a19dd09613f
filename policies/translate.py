"""Refuses nothing that the version's own contract let pass: carries it to the newest shape, and the answer back.

What a tier answers that cannot be carried back is a fault of ours (502): nobody gets a shape they did not agree on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.door.coerce import json_document
from kit.door.policy import Request, Verdict
from kit.door.returned import Edit, Returned, Unread
from kit.versions.translation import Translation


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is noted."""

    note_superseded: bool = True
    """Whether use of members that newer versions no longer have is counted for the sunset report."""


class Translate:
    """Tiers know the newest shape only; `translations` are by version and operation name."""

    needs: ClassVar[tuple[str, ...]] = ("operation", "version", "body")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config, *, translations: Mapping[tuple[str, str], Translation]) -> None:
        self._note = config.note_superseded
        self._translations = dict(translations)
        self._edits = {key: _edit(each) for key, each in translations.items() if each.answers}

    @property
    def rests(self) -> bool:
        """Whether there is one shape only."""
        return not self._translations

    def __call__(self, request: Request, /) -> Verdict:
        """Carry query and body up, and see to it that the answer is carried down."""
        if not request.version:
            return None
        key = (request.version, request.matched.name)
        translation = self._translations.get(key)
        if translation is None:
            return None
        superseded = _raised(request, translation)
        if self._note:
            request.superseded += superseded
        edit = self._edits.get(key)
        if edit is not None:
            request.edits = (*request.edits, edit)
        return None


def _raised(request: Request, translation: Translation) -> list[str]:
    superseded: list[str] = []
    if translation.asks and request.query:
        pairs = parse_qsl(request.query.decode("ascii"), keep_blank_values=True)
        query = translation.query(pairs)
        request.query = urlencode(query.value).encode()
        superseded += query.left
    if translation.takes and request.body:
        body = translation.body(json_document(request.body))
        request.body = msgspec.json.encode(body.value)
        superseded += body.left
    return superseded


def _edit(translation: Translation) -> Edit:
    def run(returned: Returned) -> Problem | None:
        try:
            returned.document = translation.answer(returned.document)
        except (Unread, LookupError, TypeError, ValueError):
            detail = "the answer has no shape in the version that was asked for"
            return Problem(Kind.UNEXPECTED, "translate.answer", detail, hint="report the trace id", status=502)
        return None

    return Edit("translate", run, must=True)
