"""Reads an environment with `python-odata` of PyPI and tells what it saw; JSON in and out by pipes."""

import json
import sys
from typing import Any

import requests
from odata import ODataService
from odata.exceptions import ODataError


class Crossing(requests.Session):
    """A session that says on every call that it crosses companies; the client has no word for that."""

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **more: Any) -> requests.Response:
        address = url.decode() if isinstance(url, bytes) else url
        if "cross-company" not in address:
            address += "?cross-company=true"
        return super().request(method, address, *args, **more)


def signed_in(asked: dict[str, Any]) -> requests.Session:
    """A session with a token of Entra."""
    form = {
        "grant_type": "client_credentials",
        "client_id": asked["client_id"],
        "client_secret": asked["client_secret"],
        "scope": f"{asked['base_url']}/.default",
    }
    where = f"{asked['login_url']}/{asked['tenant_id']}/oauth2/v2.0/token"
    granted = requests.post(where, data=form, timeout=10).json()
    session = Crossing()
    session.headers["Authorization"] = f"Bearer {granted['access_token']}"
    return session


def main() -> None:
    asked = json.loads(sys.stdin.read())
    url = f"{asked['base_url']}/data/"
    service = ODataService(url, session=signed_in(asked), reflect_entities=True, quiet_progress=True)
    customers = service.entities["CustomersV3"]
    invoices = service.entities["FreeTextInvoiceHeaders"]
    groups = service.entities["TaxGroups"]
    found = service.query(customers).filter(customers.SluiceCustomerId == asked["customer"]).all()
    posted = service.query(invoices).filter(invoices.InvoiceNumber != "").all()
    try:
        service.query(customers).raw({"$filter": "NoSuch eq 'x'"})
        refused = ""
    except ODataError as refusal:
        refused = str(refusal)
    told = {
        "sets": sorted(service.entities),
        "customers": [[one.dataAreaId, one.OrganizationName, str(one.OnHoldStatus)] for one in found],
        "invoices": [[one.InvoiceNumber, str(one.TotalInvoiceAmount), str(one.InvoiceDate)[:10]] for one in posted],
        "groups": len(list(service.query(groups).all())),
        "refused": refused,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
