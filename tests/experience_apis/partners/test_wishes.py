"""What a partner types about an endpoint: refused beside its field before anybody else is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from contracts.canonical.webhooks import EventType
from contracts.problem import Problem
from experience_apis.partners.pages.wishes import changed, minute, overlap_h, stretch, wanted
from kit.web import Form

GOOD = {"url": "https://hooks.partner.example/in", "description": "ours"}
TYPES = {"event_types": ("invoice.posted", "project.provisioned", "made.up")}


def test_an_endpoint_is_read_with_the_types_that_there_are() -> None:
    """A type that nobody sends is not kept; an order of ours stands instead of the browser's."""
    made = wanted(Form(values=GOOD, lists=TYPES))

    assert ("https://hooks.partner.example/in", "ours") == (made.url, made.description)
    assert [EventType.PROJECT_PROVISIONED, EventType.INVOICE_POSTED] == made.event_types
    assert changed(Form(values=GOOD, lists=TYPES), paused=True).paused


REFUSED: list[tuple[Callable[[Form], Any], Form, set[str]]] = [
    (wanted, Form(), {"/url", "/event_types"}),
    (wanted, Form(values={**GOOD, "description": "x" * 256}, lists=TYPES), {"/description"}),
    (wanted, Form(values={**GOOD, "url": "https://" + "x" * 2_000}, lists=TYPES), {"/url"}),
    (overlap_h, Form(values={"overlap_h": "169"}), {"/overlap_h"}),
    (overlap_h, Form(values={"overlap_h": "-1"}), {"/overlap_h"}),
    (overlap_h, Form(), {"/overlap_h"}),
    (stretch, Form(values={"since": "yesterday"}), {"/since"}),
    (stretch, Form(values={"since": "2026-11-20T09:00", "until": "2026-13-01T00:00"}), {"/until"}),
]


@pytest.mark.parametrize(("read", "form", "fields"), REFUSED)
def test_what_cannot_be_taken_is_refused_beside_its_field(
    read: Callable[[Form], Any], form: Form, fields: set[str]
) -> None:
    """Every wrong field is named, none of the others."""
    with pytest.raises(Problem) as refused:
        read(form)

    assert (422, fields) == (refused.value.status, {each.pointer for each in refused.value.errors})


def test_a_stretch_of_time_is_in_utc() -> None:
    """As the browser sends minutes, with seconds or without."""
    asked = stretch(
        Form(values={"since": "2026-11-19T09:00", "until": "2026-11-20T09:00:30", "undelivered_only": "yes"})
    )

    assert (dt.datetime(2026, 11, 19, 9, tzinfo=dt.UTC), dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)) == (
        asked.since,
        asked.until,
    )
    assert asked.undelivered_only
    assert minute("") is None
