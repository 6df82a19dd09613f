"""Reads what a partner typed about an endpoint; refuses what the contract would refuse, beside its field."""

from __future__ import annotations

import datetime as dt
from typing import Final

from contracts.canonical.webhooks import EventType
from contracts.problem import FieldError, Kind, Problem
from contracts.process.webhooks import AddEndpoint, ChangeEndpoint, ReplayRange
from kit.web import Form
from kit.web.reading import at_least, limited, refused

KEEPS: Final = "webhooks:manage"
"""The scope with which endpoints are kept; without it they are only read."""
_URL: Final = 2_000
_WORDS: Final = 255
_MOST_OVERLAP_H: Final = 168
_MINUTE: Final = "%Y-%m-%dT%H:%M"


def wanted(form: Form) -> AddEndpoint:
    """A new endpoint.

    Raises:
        Problem: invalid, with every field named that is wrong.

    """
    url, types, description = _fields(form)
    return AddEndpoint(url=url, event_types=types, description=description)


def changed(form: Form, *, paused: bool) -> ChangeEndpoint:
    """An endpoint as it shall be.

    Raises:
        Problem: invalid, with every field named that is wrong.

    """
    url, types, description = _fields(form)
    return ChangeEndpoint(url=url, event_types=types, description=description, paused=paused)


def overlap_h(form: Form) -> int:
    """For how many hours old secrets sign beside a new one.

    Raises:
        Problem: invalid, for anything but 0 to 168.

    """
    text = form["overlap_h"]
    if not (text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= _MOST_OVERLAP_H):
        raise refused("overlap_h", f"a number of hours from 0 to {_MOST_OVERLAP_H}")
    return int(text)


def stretch(form: Form) -> ReplayRange:
    """A stretch of time, both ends in UTC.

    Raises:
        Problem: invalid, with the field named.

    """
    return ReplayRange(
        since=_minute(form, "since"),
        until=_minute(form, "until"),
        undelivered_only=form["undelivered_only"] == "yes",
    )


def minute(text: str) -> dt.datetime | None:
    """A minute in UTC as a browser sends it, 2026-11-20T09:00; None for anything else."""
    try:
        return dt.datetime.strptime(text[:16], _MINUTE).replace(tzinfo=dt.UTC)
    except ValueError:
        return None


def _minute(form: Form, name: str) -> dt.datetime:
    found = minute(form[name])
    if found is None:
        raise refused(name, "a day and a minute in UTC, as in 2026-11-20T09:00")
    return found


def _fields(form: Form) -> tuple[str, list[EventType], str]:
    errors: list[FieldError] = []
    types = [each for each in EventType if each.value in form.all("event_types")]
    if not types:
        errors.append(FieldError(pointer="/event_types", code="refused", detail="choose one at least"))
    url = description = ""
    try:
        url = at_least(form, "url", 9, _URL)
    except Problem:
        errors.append(FieldError(pointer="/url", code="refused", detail=f"an address of 9 to {_URL} letters"))
    try:
        description = limited(form, "description", _WORDS)
    except Problem as problem:
        errors += problem.errors
    if errors:
        raise Problem(Kind.INVALID, "form_refused", "look at the marked fields", errors=tuple(errors))
    return url, types, description
