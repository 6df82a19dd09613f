"""Versions at the door: chosen, told of their end, rehearsed, ended, and carried between shapes."""

import datetime as dt
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from kit.caller import Caller
from kit.clock import ManualClock
from kit.door.calendar import Stretch
from kit.door.lifecycle import Line, Version
from kit.door.operation import Operation
from kit.door.returned import Returned
from kit.tier.documents import newest
from kit.versions import history
from kit.versions.translation import translations
from policies import brownout, sunset, translate
from tests.policies.table import READ, Given, decide

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
LIST = replace(READ, name="shop.list", path="/shop/orders")
ENDING = Version(
    name="2026-05-04",
    state="deprecated",
    deprecated_on=dt.date(2026, 9, 1),
    sunset_on=dt.date(2027, 3, 1),
    successor="2026-11-20",
    about="https://docs.example/changes",
    brownout=(
        Stretch(starts_at=NOW + dt.timedelta(hours=1), ends_at=NOW + dt.timedelta(hours=2)),
        Stretch(starts_at=NOW + dt.timedelta(hours=1), ends_at=NOW + dt.timedelta(hours=3)),
    ),
)
GONE = Version(name="2025-01-01", state="retired", sunset_on=dt.date(2026, 1, 1), successor="2026-11-20")
VERSIONS = (Version(name="2026-11-20"), Version(name="2026-08-17"), ENDING, GONE)


def of_version(operation: Operation, version: str) -> Operation:
    """An operation as a version describes it."""
    return replace(operation, version=version)


LINE = Line(
    product="shop",
    newest="2026-11-20",
    versions={version.name: version for version in VERSIONS},
    pins={"acme-client": "2026-08-17", "by-subject": "2026-05-04"},
    operations={
        version.name: {each.name: of_version(each, version.name) for each in (READ, LIST)}
        for version in VERSIONS
        if version is not GONE
    },
)
PINNED = Caller(subject="acme", client_id="acme-client", scopes=frozenset({"orders:read"}))


def asking(version: str, caller: Caller = PINNED) -> Given:
    """A request that names a version, or none."""
    headers = (("sluice-version", version),) if version else (("host", "a"),)
    return Given(caller=caller, headers=headers)


@pytest.mark.req(5, 212)
@pytest.mark.parametrize(
    ("given", "code", "status", "spoken"),
    [
        (asking(""), "ok", 200, "2026-08-17"),
        (asking("", Caller(subject="by-subject")), "ok", 200, "2026-05-04"),
        (asking("2026-11-20"), "ok", 200, "2026-11-20"),
        (asking("2026-05-04"), "ok", 200, "2026-05-04"),
        (asking("2025-01-01"), "sunset.retired", 410, ""),
        (asking("2026-11-21"), "sunset.version_unknown", 400, ""),
        (asking("newest"), "sunset.version_unknown", 400, ""),
        (asking("", Caller(subject="stranger")), "sunset.version_missing", 400, ""),
        (replace(asking(""), operation=replace(READ, product="other")), "ok", 200, ""),
    ],
)
async def test_the_version_is_the_one_asked_for_or_agreed(given: Given, code: str, status: int, spoken: str) -> None:
    """The header wins over the pin; what is gone is 410, what never was 400; other products are left alone."""
    decision = await decide(sunset.Sunset(sunset.Config(), lines={"shop": LINE}), given)

    assert (code, status) == (decision.code, decision.status)
    assert (spoken, spoken) == (decision.request.version, decision.request.matched.version)


@pytest.mark.req(5)
async def test_a_deprecated_version_says_so_on_every_answer() -> None:
    """RFC 9745 Deprecation is a moment, RFC 8594 Sunset an HTTP date, and Link says where to go."""
    policy = sunset.Sunset(sunset.Config(), lines={"shop": LINE})
    told = (await decide(policy, asking("2026-05-04"))).answer

    assert "@1788220800" == told["deprecation"]
    assert "Mon, 01 Mar 2027 00:00:00 GMT" == told["sunset"]
    assert told["link"].split(", ") == [
        '</_gateway/openapi/shop-2026-11-20.json>; rel="successor-version"',
        '<https://docs.example/changes>; rel="deprecation"; type="text/html"',
        '<https://docs.example/changes>; rel="sunset"; type="text/html"',
    ]
    assert {"sluice-version": "2026-11-20", "vary": "sluice-version"} == (
        await decide(policy, asking("2026-11-20"))
    ).answer


async def test_a_retired_version_names_its_successor() -> None:
    """A machine reads it from the context, and the fields of the end stay."""
    decision = await decide(sunset.Sunset(sunset.Config(), lines={"shop": LINE}), asking("2025-01-01"))

    assert decision.problem is not None
    assert {"version": "2025-01-01", "successor": "2026-11-20"} == decision.problem.context
    assert "sunset" in decision.answer


async def test_in_shadow_the_newest_version_stands_in() -> None:
    """Nobody is refused, the code is noted, and later policies have a version to go by."""
    policy = sunset.Sunset(sunset.Config(), lines={"shop": LINE})
    decision = await decide(policy, asking("2025-01-01"), shadow=True)

    assert ("ok", ["sunset.retired"]) == (decision.code, decision.request.shadowed)
    assert ("2026-11-20", "2026-11-20") == (decision.request.version, decision.request.matched.version)


@pytest.mark.parametrize(
    ("hours", "version", "code", "retry_after_s"),
    [
        (0.0, "2026-05-04", "ok", None),
        (1.0, "2026-05-04", "brownout.rehearsal", 7200.0),
        (2.5, "2026-05-04", "brownout.rehearsal", 1800.0),
        (3.0, "2026-05-04", "ok", None),
        (1.0, "2026-11-20", "ok", None),
        (1.0, "", "ok", None),
    ],
)
async def test_an_end_is_rehearsed_when_announced(
    hours: float, version: str, code: str, retry_after_s: float | None
) -> None:
    """Within the stretch 503 with the time until it is over, for that version only; of two the longer counts."""
    clock = ManualClock(NOW + dt.timedelta(hours=hours))
    given = Given(operation=of_version(READ, version), version=version)
    policy = brownout.Brownout(brownout.Config(), lines={"shop": LINE}, clock=clock)
    decision = await decide(policy, given)

    assert (code, retry_after_s) == (decision.code, decision.problem.retry_after_s if decision.problem else None)
    assert "ok" == (await decide(policy, given, shadow=True)).code
    off = brownout.Brownout(brownout.Config(held=False), lines={"shop": LINE}, clock=clock)
    assert "ok" == (await decide(off, given)).code


def translating() -> translate.Translate:
    """Over the partner API as it is."""
    head = newest("partners")
    ways = {
        (version, f"partners.{name}"): way
        for version in history("partners").versions
        for name, way in translations(head, history("partners"), version).items()
    }
    return translate.Translate(translate.Config(), translations=ways)


def named(operation: str, version: str) -> Operation:
    """An operation of the partner API."""
    return replace(READ, name=f"partners.{operation}", product="partners", version=version)


@pytest.mark.req(212)
@pytest.mark.parametrize(
    ("operation", "version", "sent", "up", "left"),
    [
        ("partners_acknowledge", "2026-05-04", b'{"comment":"x"}', b'{"note":"x"}', ["Acknowledge.comment"]),
        ("partners_acknowledge", "2026-08-17", b'{"note":"x"}', b'{"note":"x"}', []),
        ("partners_projects", "2026-05-04", b"state=live&limit=2", b"state=active&limit=2", ["ProjectState=live"]),
        ("partners_projects", "2026-11-20", b"state=active", b"state=active", []),
        ("partners_projects", "", b"state=live", b"state=live", []),
    ],
)
async def test_what_is_sent_goes_on_in_the_newest_shape(
    operation: str, version: str, sent: bytes, up: bytes, left: list[str]
) -> None:
    """Query and body are carried up, what was superseded is counted, and the newest version is not touched."""
    is_body = sent.startswith(b"{")
    body, query = (sent, b"") if is_body else (b"", sent)
    given = Given(operation=named(operation, version), version=version, body=body, query=query)
    request = (await decide(translating(), given)).request

    assert (up, left) == (request.body if is_body else request.query, request.superseded)


async def test_an_answer_comes_back_in_the_version_spoken() -> None:
    """The edit carries it down; one that has no shape there is a fault of ours, not a surprise for the caller."""
    project: dict[str, Any] = {
        "project_id": "p",
        "state": "active",
        "value": {"amount": "1.00", "currency": "EUR"},
        "period": {"starts_on": "2027-01-01", "ends_on": "2027-02-01"},
    }
    given = Given(operation=named("partners_project", "2026-05-04"), version="2026-05-04")
    (edit,) = (await decide(translating(), given)).request.edits
    returned = Returned(200, msgspec.json.encode(project))

    assert edit.run(returned) is None
    assert {
        "project_id": "p",
        "state": "live",
        "amount": "1.00",
        "currency": "EUR",
        "starts_on": "2027-01-01",
        "ends_on": "2027-02-01",
    } == msgspec.json.decode(returned.raw)
    for odd in (b"no json", b'{"value": 7}'):
        problem = edit.run(Returned(200, odd))
        assert (502, "translate.answer") == ((problem.status, problem.code) if problem else None)
