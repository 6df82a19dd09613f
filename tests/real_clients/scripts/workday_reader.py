"""An integration user's work with `workday-tools` of PyPI: reads reports and tells what it saw; prints JSON.

Arguments: the tenant's address, its name, the user, the password, and who owns the reports.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from workday_tools_nosrednakram.RaaSRest import RaaSRest


def reports_of(address: str, tenant: str, user: str, password: str, owner: str) -> RaaSRest:
    """The client as its manual says, from a file of settings."""
    told = {"prod_url": address, "tenant": tenant, "account": user, "password": password, "report_owner": owner}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "workday.yaml"
        file.write_text(yaml.safe_dump(told), encoding="utf-8")
        return RaaSRest(str(file))


def main() -> None:
    address, tenant, user, password, owner = sys.argv[1:]
    reports = reports_of(address, tenant, user, password, owner)
    stranger = reports_of(address, tenant, user, "wrong", owner)
    workers = sorted(reports.report("Sluice_Workers").json()["Report_Entry"], key=lambda each: each["Employee_ID"])
    some = reports.report("Sluice_Workers", extra_params=f"&Worker!WID={workers[0]['Workday_ID']}")
    told: dict[str, Any] = {
        "workers": [each["Employee_ID"] for each in workers],
        "some": [each["Employee_ID"] for each in some.json()["Report_Entry"]],
        "rates": {
            each["Employee_ID"]: each["Rates_group"]
            for each in reports.report("Sluice_Cost_Rates").json()["Report_Entry"]
        },
        "plain": reports.report("Sluice_Workers", format="simplexml").text.count("<wd:Report_Entry"),
        "absent": reports.report("Sluice_Nothing").status_code,
        "stranger": stranger.report("Sluice_Workers").status_code,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
