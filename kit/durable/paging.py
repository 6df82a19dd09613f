"""Pages by key: a cursor names the last row seen, so that rows which come meanwhile shift nothing."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from typing import Any

import msgspec
import sqlalchemy as sa

from contracts.problem import FieldError, Kind, Problem


class _Seen(msgspec.Struct, frozen=True):
    moment: dt.datetime
    key: str


def cursor_at(moment: dt.datetime, key: str) -> str:
    """The cursor after a row."""
    return base64.urlsafe_b64encode(msgspec.json.encode(_Seen(moment, key))).decode().rstrip("=")


def after(
    query: sa.Select[Any],
    cursor: str,
    *,
    moment: sa.ColumnElement[Any],
    key: sa.ColumnElement[Any],
    descending: bool = False,
) -> sa.Select[Any]:
    """The query from a cursor on, ordered as its rows are.

    Raises:
        Problem: invalid, when the cursor is none of ours.

    """
    if not cursor:
        return query
    seen = _read(cursor)
    if descending:
        return query.where((moment < seen.moment) | ((moment == seen.moment) & (key < seen.key)))
    return query.where((moment > seen.moment) | ((moment == seen.moment) & (key > seen.key)))


def _read(cursor: str) -> _Seen:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=_Seen)
    except (binascii.Error, msgspec.DecodeError, ValueError):
        error = FieldError(pointer="cursor", code="unknown_cursor", detail="take the cursor from the page before")
        told = "the cursor is none of ours"
        raise Problem(Kind.INVALID, "unknown_cursor", told, status=400, errors=(error,)) from None
