"""The simulator and the room against the names and rules of the vendor's own client.

The gem reads an answer strictly: every result names a row that stands in the map of its key, under its own id;
associations are ids whose rows stand in the maps of their collections.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from contracts.canonical.party import Customer
from contracts.canonical.project import Project
from contracts.system.psa import Psa, StaffingRequests
from system_apis.kantata import mapping
from system_apis.kantata.simulator.spec import COLLECTIONS

pytestmark = pytest.mark.req(42)


@pytest.fixture(scope="module")
def gem() -> dict[str, Any]:
    """Attribute and association names by collection, as the gem lists them."""
    text = (files("system_apis.kantata") / "fixtures" / "gem_attributes.json").read_text()
    return dict(json.loads(text)["collections"])


def strictly_read(answer: dict[str, Any], gem: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of an envelope as the gem finds them; an assertion error where it would stumble."""
    assert isinstance(answer["count"], int)
    rows = []
    for result in answer["results"]:
        assert {"key", "id"} == set(result)
        assert isinstance(result["id"], str)
        row = answer[result["key"]][result["id"]]
        assert result["id"] == row["id"]
        rows.append(row)
    for name in gem:
        for row_id, row in answer.get(name, {}).items():
            assert row_id == row["id"]
    return rows


async def test_every_collection_reads_strictly(
    account: Any, gem: dict[str, Any], psa: Psa, put: Any, needs: StaffingRequests
) -> None:
    """After a whole deal the listing of each collection, with all its associations, holds together."""
    await put()
    await psa.request_staffing(project_id="prj-1", body=needs)
    read = {}
    for name, collection in COLLECTIONS.items():
        include = ",".join([*collection.one, *collection.many, "external_references"])
        answer = (await account.http.get(f"/api/v1/{name}.json?per_page=200&include={include}")).json()
        rows = strictly_read(answer, gem)
        read[name] = len(rows)
        assert answer["count"] == len(rows)
        for target, attribute in collection.one.values():
            led = {row[attribute] for row in rows if row.get(attribute)}
            assert led <= set(answer.get(target, {})), f"{name}.{attribute} leads out of the envelope"

    assert set() == {name for name, many in read.items() if not many} - {
        "time_entries",
        "timesheet_submissions",
        "invoices",
        "billing_milestones",
        "staffing_demands",
    }


def test_the_simulator_takes_what_the_gem_sends(gem: dict[str, Any]) -> None:
    """No attribute is accepted that the vendor's client does not know at that moment."""
    strange = [
        f"{name}.{attribute} on {moment}"
        for name, collection in COLLECTIONS.items()
        for attribute, when in collection.takes.items()
        for letter, moment, verb in (("c", "create", "create"), ("u", "update", "update"))
        if letter in when
        and (verb in collection.verbs or name == "external_references")
        and attribute not in gem[name][moment]
        and not (name == "external_references" and moment == "update")
    ]

    assert [] == strange


def test_the_associations_are_the_gems(gem: dict[str, Any]) -> None:
    """Each association of the simulator leads where the gem says."""
    wrong = [
        f"{name}.{association}"
        for name, collection in COLLECTIONS.items()
        for association, (target, _) in {**collection.one, **collection.many}.items()
        if gem[name]["associations"].get(association) != target
    ]

    assert [] == wrong


def test_the_room_sends_what_the_gem_sends(
    gem: dict[str, Any], customer: Customer, project: Project, needs: StaffingRequests
) -> None:
    """Every field of every body we build is one the vendor's client may send on create."""
    workspace = mapping.sent_project(mapping.project_body(project, client_id="1", rate_card_id="2"), project)
    bodies = {
        "workspace_groups": mapping.client_body(customer),
        "workspaces": workspace,
        "stories": mapping.phase_body(project.phases[0], parent_id=None),
        "workspace_allocations": mapping.allocation_body(needs.requests[0], resource_id="1"),
    }

    assert {name: set() for name in bodies} == {
        name: set(body) - set(gem[name]["create"]) for name, body in bodies.items()
    }
