"""Texts that XML can carry: a control character is refused where it stands, never dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import to_builtins

from contracts.canonical.einvoice import IssuedDocument
from contracts.problem import FieldError

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text_faults(issued: IssuedDocument) -> Iterator[FieldError]:
    """Name every text of the document that holds a character XML 1.0 has no place for."""
    yield from _walk(to_builtins(issued), "")


def unwritable(text: str) -> str | None:
    """The first character that XML 1.0 has no place for, by its code point; none in most texts."""
    found = _NOT_XML.search(text)
    return None if found is None else f"U+{ord(found.group()):04X}"


def _walk(value: Any, pointer: str) -> Iterator[FieldError]:
    if isinstance(value, str):
        found = unwritable(value)
        if found is not None:
            detail = f"{found} cannot stand in XML"
            yield FieldError(pointer=pointer, code="EINVOICE_CHARACTER", detail=detail)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _walk(each, f"{pointer}/{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _walk(each, f"{pointer}/{number}")
