"""Who still calls what is to end, and the refusal to end it under their hands."""

import copy
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

import gateway
from gateway.lifecycle import LifeRefused, contract_of
from gateway.snapshot import Snapshot, SnapshotRefused, compile_snapshot
from gateway.sunset import refusals, removable, sunset_report
from kit.door.lifecycle import Version
from kit.door.meter import Usage
from kit.tier.documents import committed

TODAY = dt.date(2026, 11, 20)
ROUTES = Path(str(gateway.__file__)).with_name("routes.toml")
VERSIONS = {
    "partners": (
        Version(name="2026-11-20"),
        Version(
            name="2026-05-04",
            state="deprecated",
            deprecated_on=dt.date(2026, 9, 1),
            sunset_on=dt.date(2027, 3, 1),
            successor="2026-11-20",
        ),
    )
}


def used(day: str, version: str, **more: Any) -> Usage:
    """A row of the meter."""
    given = {"consumer": "idp|acme", "operation": "partners.partners_project", "count": 1, **more}
    return Usage(day=day, version=version, **given)


@pytest.mark.req(5)
@pytest.mark.parametrize(
    ("rows", "refused"),
    [
        ([], False),
        ([used("2026-11-20", "2026-05-04")], True),
        ([used("2026-10-22", "2026-05-04")], True),
        ([used("2026-10-21", "2026-05-04")], False),
        ([used("2026-11-19", "2026-11-20")], False),
        ([used("2026-11-19", "2026-05-04", operation="shop.read")], False),
    ],
)
def test_a_version_called_within_the_window_stays(rows: list[Usage], refused: bool) -> None:
    """Thirty days, today included; calls of other versions and products do not count."""
    problem = removable("2026-05-04", rows, TODAY)

    assert refused == (problem is not None)
    if problem is not None:
        assert (409, "sunset.still_used") == (problem.status, problem.code)
        assert "idp|acme (1)" in problem.detail


@pytest.mark.parametrize("how", ["retired", "absent"])
def test_neither_retiring_nor_forgetting_a_used_version_passes(how: str) -> None:
    """Both would leave the same caller standing in the rain."""
    newest, ending = VERSIONS["partners"]
    gone = () if how == "absent" else (Version(name=ending.name, state="retired"),)
    rows = [used("2026-11-19", "2026-05-04"), used("2026-11-19", "2026-11-20"), used("2026-11-19", "")]
    found = refusals({"partners": (newest, *gone)}, rows, TODAY)

    assert ["2026-05-04"] == [problem.context["version"] for problem in found]
    assert [] == refusals(VERSIONS, rows, TODAY)


@pytest.mark.req(5, 212)
def test_the_report_says_who_calls_what_and_what_they_will_have_to_change() -> None:
    """By consumer and operation, the busiest first, with the older members they send and the changes ahead."""
    rows = [
        used("2026-11-01", "2026-05-04", count=3),
        used("2026-11-02", "2026-05-04", count=4),
        used("2026-11-03", "2026-05-04", consumer="idp|zeta", operation="partners.partners_acknowledge", count=9,
             fields={"Acknowledge.comment": 9}),
        used("2026-11-03", "2026-11-20", count=500),
        used("2026-11-03", "2025-01-01", count=1),
    ]  # fmt: skip  # rows of a table
    zeta, acme, lost = (found := sunset_report(rows, VERSIONS))[1], found[2], found[0]

    assert ("2025-01-01", 1, "") == (lost.version, lost.calls, lost.sunset_on)
    assert ("idp|zeta", 9, {"Acknowledge.comment": 9}) == (zeta.consumer, zeta.calls, zeta.fields)
    assert "What goes with an acknowledgement is a note." in zeta.changes
    assert ("idp|acme", 7, "2026-11-02") == (acme.consumer, acme.calls, acme.last_day)
    assert ("2027-03-01", "2026-11-20") == (acme.sunset_on, acme.successor)
    assert 3 == len(acme.changes)


def compiled(text: str, documents: dict[str, Any] | None = None) -> Snapshot:
    """A snapshot of these routes."""
    return compile_snapshot(
        routes=ROUTES,
        text=text,
        documents=committed() if documents is None else documents,
        upstreams={tier: f"http://{tier}" for tier in ("experience", "process", "system")},
        now=dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
    )


def test_the_committed_routes_offer_three_live_versions() -> None:
    """Two active, one on its way out, each with a document for outsiders."""
    snapshot = compiled(ROUTES.read_text())
    line = snapshot.life.lines["partners"]

    assert {"2026-11-20": "active", "2026-08-17": "active", "2026-05-04": "deprecated"} == {
        name: version.state for name, version in line.versions.items()
    }
    assert "2026-11-20" == line.newest
    for version in line.versions:
        assert version == json.loads(snapshot.documents[f"partners-{version}"])["info"]["version"]
    assert snapshot.documents["partners"] == snapshot.documents["partners-2026-11-20"]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('name = "2026-05-04"', 'name = "2026-05-05"', "has no document partners-2026-05-05"),
        ('successor = "2026-11-20"', 'successor = "2027-01-01"', "which is no version"),
        ("sunset_on = 2027-03-01\n", "", "does not say since when and until when"),
        ('version = "2026-08-17"', 'version = "2026-08-18"', "partner-clerk is pinned to 2026-08-18"),
        ('documents = ["partners-*"]', 'documents = ["partners-2026-11-20"]', "names one document"),
        ('name = "2026-08-17"\nsuccessor', 'name = "2026-05-04"\nsuccessor', "two versions have one name"),
        ("ends_at = 2027-02-02T10:15:00Z", "ends_at = 2027-02-02T09:15:00Z", "no stretch of time"),
        ('state = "deprecated"', 'state = "old"', "state"),
    ],
)
def test_a_life_that_contradicts_itself_is_refused(old: str, new: str, why: str) -> None:
    """The snapshot is refused with the reason, and the last good one stays."""
    text = ROUTES.read_text()
    assert old in text
    with pytest.raises(SnapshotRefused, match=why):
        compiled(text.replace(old, new))


def test_documents_that_the_changes_do_not_lead_to_are_refused() -> None:
    """A newest document that lacks a changed schema cannot be translated."""
    documents = copy.deepcopy(committed())
    del documents["partners-2026-11-20"]["components"]["schemas"]["ProjectSummary"]
    with pytest.raises(SnapshotRefused, match="ProjectSummary"):
        compiled(ROUTES.read_text(), documents)
    with pytest.raises(LifeRefused):
        contract_of(("a-*", "b-*"))


def test_a_retired_version_needs_no_document() -> None:
    """It is answered with 410; what it once looked like may be forgotten."""
    text = ROUTES.read_text().replace('state = "deprecated"', 'state = "retired"')
    documents = {name: document for name, document in committed().items() if name != "partners-2026-05-04"}
    line = compiled(text, documents).life.lines["partners"]

    assert "retired" == line.versions["2026-05-04"].state
    assert "2026-05-04" not in line.operations
