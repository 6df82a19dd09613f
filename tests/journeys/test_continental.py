"""The main story on estate continental: a deal won in Dynamics is delivered in Certinia and billed by SAP."""

from decimal import Decimal

import httpx
import pytest

from contracts.canonical.casework import CaseState
from kit.cli.demo.play import tell
from kit.cli.embedded import embedded
from kit.cli.estate import estate

_SHOWN = "sluice_deliverystatus,sluice_caseid,sluice_erpcustomerid,sluice_erpprojectid,sluice_psaprojectid"
_READY = 748190002


@pytest.mark.req(34, 120, 134, 143)
async def test_a_deal_won_in_dynamics_becomes_a_billable_project_in_certinia() -> None:
    """Customer, projects and schedule stand, the totals tie, and both vendors themselves show each other's ids."""
    async with embedded(estate("continental")) as raised, httpx.AsyncClient() as http:
        told = await tell(raised, watch=lambda case, acts: None)
        journey = told.journey
        deal = await http.get(
            f"{raised.vendors['crm-main']}/api/data/v9.2/opportunities({journey.opportunity_id})",
            params={"$select": _SHOWN},
            headers=raised.persons["crm-main"],
        )
        project = await http.get(
            f"{raised.vendors['psa-main']}/services/data/v66.0/sobjects/pse__Proj__c/{journey.project.psa_id}",
            headers=raised.persons["psa-main"],
        )

    schedule = journey.billing_schedule
    assert (CaseState.COMPLETED, "ready", True) == (told.case.summary.state, journey.crm_status, journey.ties)
    assert (30, Decimal("1420000.00"), "EUR") == (schedule.lines, schedule.total, schedule.currency)
    assert (1, 1) == (journey.exceptions, journey.approvals)
    ids = (journey.case_id, journey.customer.erp_id, journey.project.erp_id, journey.project.psa_id)
    shown = deal.json()
    assert (_READY, *ids) == tuple(shown[column] for column in _SHOWN.split(","))
    assert "Northwind managed cloud EMEA" == project.json()["Name"]


def test_no_shape_of_deal_is_left_out() -> None:
    """Dynamics carries whatever Salesforce carries, in the same scenes."""
    wanted, found = estate("atlantic").facts["shapes"], estate("continental").facts["shapes"]

    assert [(shape["name"], len(shape["scenes"])) for shape in wanted] == [
        (shape["name"], len(shape["scenes"])) for shape in found
    ]
