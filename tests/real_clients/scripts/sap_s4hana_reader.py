"""Works on a tenant with `pyodata` and `python-odata` of PyPI and tells what it saw; JSON in and out by pipes."""

import json
import sys
import warnings
from typing import Any

import pyodata
import requests
from odata import ODataService
from pyodata.exceptions import HttpError
from pyodata.v2.model import Config, PolicyWarning
from pyodata.vendor.SAP import BusinessGatewayError

warnings.simplefilter("ignore")


def session_of(asked: dict[str, Any]) -> requests.Session:
    session = requests.Session()
    session.auth = (asked["user"], asked["password"])
    return session


def version_2(asked: dict[str, Any], service: str) -> tuple[pyodata.Client, requests.Session]:
    """The client as its manual says, with a session that bears no token yet."""
    session = session_of(asked)
    config = Config(default_error_policy=PolicyWarning())
    return pyodata.Client(f"{asked['base_url']}/sap/opu/odata/sap/{service}", session, config=config), session


def with_token(asked: dict[str, Any], service: str, session: requests.Session) -> None:
    root = f"{asked['base_url']}/sap/opu/odata/sap/{service}/"
    answer = session.head(root, headers={"x-csrf-token": "fetch"}, timeout=10)
    session.headers["x-csrf-token"] = answer.headers["x-csrf-token"]


def partners(asked: dict[str, Any]) -> dict[str, Any]:
    name = "API_BUSINESS_PARTNER"
    client, session = version_2(asked, name)
    sets = client.entity_sets
    rows = sets.A_BusinessPartner.get_entities().filter("Customer ne ''").select("BusinessPartner,SearchTerm1").top(5)
    number = asked["partner"]
    body = {"BusinessPartner": number, "BPIdentificationType": "OTHER", "BPIdentificationNumber": "77"}
    try:
        sets.A_BuPaIdentification.create_entity().set(**body).execute()
        untokened = 0
    except HttpError as refusal:
        untokened = refusal.response.status_code
    with_token(asked, name, session)
    made = sets.A_BuPaIdentification.create_entity().set(**body).execute()
    try:
        sets.A_BusinessPartner.update_entity(number).set(SearchTerm1="NO TAG").execute()
        untagged = 0
    except HttpError as refusal:
        untagged = refusal.response.status_code
    return {
        "filtered": [row.BusinessPartner for row in rows.execute()],
        "counted": sets.A_BusinessPartner.get_entities().count(inline=True).execute().total_count,
        "by_key": sets.A_BusinessPartner.get_entity(number).execute().OrganizationBPName1,
        "linked": [
            one.CityName
            for one in sets.A_BusinessPartner.get_entity(number)
            .nav("to_BusinessPartnerAddress")
            .get_entities()
            .execute()
        ],
        "untokened": untokened,
        "made": made.BPIdentificationNumber,
        "untagged": untagged,
    }


def projects(asked: dict[str, Any]) -> dict[str, Any]:
    name = "API_ENTERPRISE_PROJECT_SRV;v=0002"
    client, session = version_2(asked, name)
    with_token(asked, name, session)
    rows = client.entity_sets.A_EnterpriseProject.get_entities().execute()
    one = rows[0]
    changed = client.functions.ChangeEntProjProcgStatus.parameter("ProjectUUID", one.ProjectUUID)
    status = changed.parameter("ProcessingStatus", "20").execute()
    batch = client.create_batch()
    changeset = client.create_changeset()
    for number in range(2):
        request = client.entity_sets.A_EnterpriseProjectElement.create_entity()
        changeset.add_request(
            request.set(
                ProjectUUID=one.ProjectUUID,
                ProjectElement=f"HAND-{number}",
                PlannedStartDate=one.ProjectStartDate,
                PlannedEndDate=one.ProjectEndDate,
            )
        )
    batch.add_request(changeset)
    elements = batch.execute()
    return {
        "budget": str(one.YY1_SluiceBudget_PPH),
        "starts": one.ProjectStartDate.isoformat()[:10],
        "status": str(status),
        "batch": [element.ProjectElement for element in elements[0]],
    }


def refused(asked: dict[str, Any]) -> list[str]:
    client, session = version_2(asked, "API_DEBIT_MEMO_REQUEST_SRV")
    with_token(asked, "API_DEBIT_MEMO_REQUEST_SRV", session)
    try:
        client.entity_sets.A_DebitMemoRequest.create_entity().set(
            DebitMemoRequestType="DR", SoldToParty="NOBODY"
        ).execute()
    except HttpError as refusal:
        return [str(told := BusinessGatewayError("", refusal.response)), *told.errordetails]
    return []


def version_4(asked: dict[str, Any]) -> dict[str, Any]:
    root = f"{asked['base_url']}/sap/opu/odata4/sap/api_billingdocument/srvd_a2x/sap/billingdocument/0001/"
    service = ODataService(root, session=session_of(asked), reflect_entities=True, quiet_progress=True)
    document = service.entities["BillingDocument"]
    found = service.query(document).filter(document.YY1_SluiceDocument_BDH == asked["document"]).all()
    return {
        "entities": sorted(service.entities),
        "documents": [
            [one.BillingDocument, str(one.TotalGrossAmount), str(one.BillingDocumentDate)[:10]] for one in found
        ],
    }


def main() -> None:
    asked = json.loads(sys.stdin.read())
    told = {
        "partners": partners(asked),
        "projects": projects(asked),
        "refused": refused(asked),
        "version_4": version_4(asked),
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
