"""The main story on estate pacific: a deal won in HubSpot becomes what the same deal becomes anywhere."""

from decimal import Decimal

import httpx
import pytest

from contracts.canonical.casework import CaseState
from kit.cli.demo.play import tell
from kit.cli.embedded import embedded
from kit.cli.estate import estate


@pytest.mark.req(34, 120, 134, 143)
async def test_a_deal_won_in_hubspot_becomes_a_billable_project() -> None:
    """Customer, project, workspace and schedule stand, the totals tie, and HubSpot itself says so on the deal."""
    async with embedded(estate("pacific")) as raised, httpx.AsyncClient() as http:
        told = await tell(raised, watch=lambda case, acts: None)
        journey = told.journey
        answer = await http.get(
            f"{raised.vendors['crm-main']}/crm/objects/2026-03/deals/{journey.opportunity_id}",
            params={"properties": "delivery_state,delivery_case,erp_customer_id,erp_project_id,psa_project_id"},
            headers=raised.persons["crm-main"],
        )

    shown = answer.json()["properties"]
    assert (CaseState.COMPLETED, "ready", True) == (told.case.summary.state, journey.crm_status, journey.ties)
    assert (30, Decimal("1420000.00"), "EUR") == (
        journey.billing_schedule.lines,
        journey.billing_schedule.total,
        journey.billing_schedule.currency,
    )
    assert (1, 1) == (journey.exceptions, journey.approvals)
    assert ("ready", journey.case_id, journey.customer.erp_id, journey.project.erp_id, journey.project.psa_id) == (
        shown["delivery_state"],
        shown["delivery_case"],
        shown["erp_customer_id"],
        shown["erp_project_id"],
        shown["psa_project_id"],
    )


def test_no_shape_of_deal_is_left_out() -> None:
    """HubSpot carries whatever Salesforce carries, in the same scenes."""
    wanted, found = estate("atlantic").facts["shapes"], estate("pacific").facts["shapes"]

    assert [(shape["name"], len(shape["scenes"])) for shape in wanted] == [
        (shape["name"], len(shape["scenes"])) for shape in found
    ]
