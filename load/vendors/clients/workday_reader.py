"""Reads the report of cost rates with workday-tools, as an integration user by password."""

import tempfile
from pathlib import Path

import yaml
from repeated import asked, repeated
from workday_tools_nosrednakram.RaaSRest import RaaSRest

given = asked()
config = given["config"]
told = {
    "prod_url": given["url"],
    "tenant": config["tenant"],
    "account": config["user"],
    "password": config["password"],
    "report_owner": config["report_owner"],
}
with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
    file = Path(folder) / "workday.yaml"
    file.write_text(yaml.safe_dump(told), encoding="utf-8")
    reports = RaaSRest(str(file))


def cost_rates() -> int:
    """The whole report; how many workers came."""
    return len(reports.report("Sluice_Cost_Rates").json()["Report_Entry"])


repeated(cost_rates, rows=2, seconds=given["seconds"])
