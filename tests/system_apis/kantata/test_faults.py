"""What goes wrong on the way: cut connections, throttling, revoked tokens. One row each time."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.party import Customer
from contracts.canonical.project import Project
from contracts.problem import Kind, Problem, Retry
from contracts.system.psa import Psa, StaffingRequests

pytestmark = pytest.mark.req(40, 241, 243)


@pytest.mark.parametrize("kind", ["drop_after", "truncate"])
async def test_a_create_whose_answer_is_lost_is_looked_up(
    account: Any, psa: Psa, customer: Customer, kind: str
) -> None:
    """The row was made: it is found, not made again, and counts as made by this call."""
    account.fault(kind=kind, method="POST", path="/api/v1/workspace_groups")
    reference = await psa.put_client(customer_id="cus-1", body=customer)

    assert (True, 1, 1) == (
        reference.created,
        len(account.rows("workspace_groups")),
        len(account.calls("POST", "workspace_groups")),
    )


@pytest.mark.parametrize("collection", ["workspaces", "stories", "roles"])
async def test_a_5xx_after_a_create_is_in_doubt_too(account: Any, psa: Psa, put: Any, collection: str) -> None:
    """The vendor said 503 and had saved the row: no second one."""
    account.fault(kind="status_after", status=503, method="POST", path=f"/api/v1/{collection}")
    await put()

    assert {"workspaces": 1, "stories": 9, "roles": 5}[collection] == len(account.rows(collection))


async def test_a_create_that_did_not_happen_is_told_and_made_next_time(
    account: Any, psa: Psa, customer: Customer
) -> None:
    """Cut off and not to be seen: nobody creates blindly; the next call looks again and then creates."""
    account.fault(kind="drop_before", method="POST", path="/api/v1/workspace_groups")
    with pytest.raises(Problem) as caught:
        await psa.put_client(customer_id="cus-1", body=customer)
    await psa.put_client(customer_id="cus-1", body=customer)

    assert (Kind.UNKNOWN_OUTCOME, Retry.LATER, 1) == (
        caught.value.kind,
        caught.value.retry,
        len(account.rows("workspace_groups")),
    )


@pytest.mark.parametrize("collection", ["workspace_resources", "workspace_allocations", "resource_requests"])
async def test_staffing_survives_a_lost_answer_at_each_of_its_parts(
    account: Any, psa: Psa, put: Any, needs: StaffingRequests, collection: str
) -> None:
    """Seat, effort and request are each found again."""
    await put()
    account.fault(kind="drop_after", times=2, method="POST", path=f"/api/v1/{collection}")
    await psa.request_staffing(project_id="prj-1", body=needs)

    assert [4, 4, 4] == [
        len(account.rows(name)) for name in ("workspace_resources", "workspace_allocations", "resource_requests")
    ]


async def test_a_cancellation_whose_answer_is_lost_counts(
    account: Any, psa: Psa, put: Any, needs: StaffingRequests
) -> None:
    """The repeated cancel is refused as done already; the withdrawal goes on."""
    await put()
    await psa.request_staffing(project_id="prj-1", body=needs)
    account.fault(kind="drop_after", method="PUT", path="/api/v1/resource_requests")
    await psa.withdraw_staffing(project_id="prj-1")

    assert [] == account.rows("workspace_resources")


async def test_a_lost_delete_is_a_delete(account: Any, psa: Psa, customer: Customer) -> None:
    """The second try meets 404, which is what was wanted."""
    await psa.put_client(customer_id="cus-1", body=customer)
    account.fault(kind="drop_after", method="DELETE", path="/api/v1/workspace_groups")
    await psa.retire_client(customer_id="cus-1")

    assert [] == account.rows("workspace_groups")


@pytest.mark.req(242)
async def test_a_bare_429_is_waited_out(account: Any, psa: Psa, customer: Customer) -> None:
    """Refused twice without a word of when, then served: one row."""
    account.fault(kind="status", status=429, times=2, method="POST", path="/api/v1/workspace_groups")
    await psa.put_client(customer_id="cus-1", body=customer)

    assert ([429, 429, 201], 1) == (
        account.calls("POST", "workspace_groups"),
        len(account.rows("workspace_groups")),
    )


@pytest.mark.req(242)
async def test_throttling_that_does_not_end_is_told(account: Any, psa: Psa, customer: Customer) -> None:
    """The tries are few, and then somebody above decides."""
    account.fault(kind="status", status=429, times=100, path="/api/v1/")
    with pytest.raises(Problem) as caught:
        await psa.put_client(customer_id="cus-1", body=customer)

    assert (Kind.RATE_LIMITED, Retry.LATER, 4) == (
        caught.value.kind,
        caught.value.retry,
        len(account.calls("GET", "external_references")),
    )


@pytest.mark.req(293)
async def test_a_revoked_token_is_told_and_not_hammered(account: Any, psa: Psa, customer: Customer) -> None:
    """There is no other token to fetch: 401 is asked about once more and then told."""
    await account.http.post("/oauth/revoke", data={"token": account.config["token"]})
    with pytest.raises(Problem) as caught:
        await psa.put_client(customer_id="cus-1", body=customer)

    assert (Kind.UNAUTHENTICATED, Retry.NEVER, 2) == (
        caught.value.kind,
        caught.value.retry,
        len(account.calls("GET", "/api/v1/")),
    )


async def test_a_price_the_account_reads_otherwise_stops_everything(
    account: Any, psa: Psa, put: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes back in cents must be what was meant; a project with another budget goes no further."""
    from system_apis.kantata.simulator import effects

    monkeypatch.setattr(effects, "cents", lambda name, value, *, currency: 14_200)
    with pytest.raises(Problem) as caught:
        await put()

    assert ("kantata.price_misread", []) == (caught.value.code, account.rows("stories"))


@pytest.mark.req(241, 243)
async def test_phases_made_on_an_answer_of_the_time_before_have_no_twins(
    account: Any, psa: Psa, put: Any, project: Project
) -> None:
    """The listing tells twice how it was before they were made, so they are made again; the look after sees both."""
    await put(project=replace(project, phases=[]))
    account.fault(kind="drop_after", method="POST", path="/api/v1/stories")
    account.fault(kind="stale", path="/api/v1/stories", skip=1, times=2)
    with pytest.raises(Problem) as caught:
        await put()
    references = await put()

    assert (Kind.UNKNOWN_OUTCOME, [], 9) == (caught.value.kind, account.sandbox.faults, len(account.rows("stories")))
    assert {one.external_id for one in references.references[1:]} == {row["id"] for row in account.rows("stories")}
    assert {row.get("parent_id") for row in account.rows("stories")} <= {
        None,
        *(row["id"] for row in account.rows("stories")),
    }


@pytest.mark.req(241, 243)
async def test_a_twin_on_which_somebody_worked_stays_and_the_other_goes(account: Any, psa: Psa, put: Any) -> None:
    """Time was logged on the younger of two phases under one key: it is the one that is kept."""
    references = (await put()).references[1:]
    borne = {row.get("parent_id") for row in account.rows("stories")}
    leaf = next(one for one in references if one.external_id not in borne)
    reference = {"service_name": "sluice", "service_model": "phase", "service_model_ref": f"prj-1/{leaf.our_id}"}
    twin = await account.make(
        "stories",
        "story",
        title="Twin",
        story_type="task",
        workspace_id=account.rows("workspaces")[0]["id"],
        external_reference=reference,
    )
    account.sandbox.dump()["stories"][twin["id"]]["logged_billable_time_in_minutes"] = 60
    await put()

    left = {row["id"] for row in account.rows("stories")}
    assert (9, True, False) == (len(left), twin["id"] in left, leaf.external_id in left)


@pytest.mark.req(241, 243)
@pytest.mark.parametrize(
    ("collection", "truly", "truly_again"), [("workspace_resources", 2, 1), ("workspace_allocations", 4, 2)]
)
async def test_seats_made_on_an_answer_of_the_time_before_have_no_twins(
    account: Any, psa: Psa, put: Any, needs: StaffingRequests, *, collection: str, truly: int, truly_again: int
) -> None:
    """Twice the reference is not seen, so seat or effort are made again; the look after sees both.

    `truly` is how many references are looked up before the one that is answered from an earlier time.
    """
    await put()
    account.fault(kind="drop_after", method="POST", path=f"/api/v1/{collection}")
    account.fault(kind="stale", path="/api/v1/external_references", skip=truly)
    with pytest.raises(Problem) as caught:
        await psa.request_staffing(project_id="prj-1", body=needs)
    account.fault(kind="stale", path="/api/v1/external_references", skip=truly_again)
    await psa.request_staffing(project_id="prj-1", body=needs)

    assert (Kind.UNKNOWN_OUTCOME, []) == (caught.value.kind, account.sandbox.faults)
    assert [4, 4, 4] == [
        len(account.rows(name)) for name in ("workspace_resources", "workspace_allocations", "resource_requests")
    ]
