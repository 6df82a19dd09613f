"""A consultant's week through simple-salesforce: booked, submitted, approved and read back as splits; prints JSON.

Arguments: the org's address, a session.
"""

import json
import sys

from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest

ARCHITECT = "003J51000000002IAA"
WEEK = {"pse__Start_Date__c": "2027-03-29", "pse__End_Date__c": "2027-04-04"}


def booked(sf: Salesforce) -> dict[str, str]:
    """A project, an assignment on it, and what a week needs to be of both."""
    project = sf.pse__Proj__c.create({"Name": "Cloud", "pse__Is_Active__c": True})["id"]
    schedule = sf.pse__Schedule__c.create({"pse__Start_Date__c": "2027-01-01", "pse__End_Date__c": "2027-12-31"})["id"]
    of_both = {"pse__Resource__c": ARCHITECT, "pse__Project__c": project}
    assignment = sf.pse__Assignment__c.create({**of_both, "pse__Schedule__c": schedule})["id"]
    return {**of_both, "pse__Assignment__c": assignment, **WEEK}


def approved(sf: Salesforce, timecard: str) -> str:
    """The status of an approval from submission to decision."""
    asked = [{"actionType": "Submit", "contextId": timecard, "comments": "Week 13"}]
    (pending,) = sf.restful("process/approvals", method="POST", json={"requests": asked})
    decided = [{"actionType": "Approve", "contextId": pending["newWorkitemIds"][0]}]
    (done,) = sf.restful("process/approvals", method="POST", json={"requests": decided})
    return f"{pending['instanceStatus']} {done['instanceStatus']}"


def refusals(sf: Salesforce, week: dict[str, str], timecard: str) -> list[str]:
    """What the client makes of the package's triggers."""
    told = []
    for act in (
        lambda: sf.pse__Timecard_Header__c.create({**week, "pse__Assignment__c": None}),
        lambda: sf.pse__Timecard_Header__c.update(timecard, {"pse__Monday_Hours__c": 1}),
        lambda: sf.pse__Timecard_Header__c.delete(timecard),
    ):
        try:
            act()
        except SalesforceMalformedRequest as refused:
            told.append(refused.content[0]["errorCode"])
    return told


def main() -> None:
    """Do it all and print what came of it."""
    address, session = sys.argv[1:]
    sf = Salesforce(session_id=session, instance_url=address, version="66.0")
    week = booked(sf)
    timecard = sf.pse__Timecard_Header__c.create({**week, "pse__Wednesday_Hours__c": 8, "pse__Thursday_Hours__c": 3.5})
    status = approved(sf, timecard["id"])
    text = "SELECT pse__Total_Hours__c, pse__Approved__c FROM pse__Timecard__c ORDER BY pse__Start_Date__c"
    splits = [[row["pse__Total_Hours__c"], row["pse__Approved__c"]] for row in sf.query_all_iter(text)]
    upserts = [sf.pse__Region__c.upsert("Sluice_Id__c/NO", {"Name": name}) for name in ("Norge", "Norway")]
    told = {"status": status, "splits": splits, "refused": refusals(sf, week, timecard["id"]), "upserts": upserts}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
