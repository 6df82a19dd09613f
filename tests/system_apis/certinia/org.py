"""An org with the package for tests, without a socket: simulator, a planner in it, and the room opened on it."""

from __future__ import annotations

import datetime as dt
import random
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec

from contracts.canonical.timesheets import TimeEntry
from contracts.system.psa import Psa, PsaProject
from kit.clock import ManualClock
from kit.http import VendorClient
from kit.room import Tools
from kit.sandbox import Fault, Sandbox, sandboxed
from kit.settings import decode
from system_apis.certinia import Config, build
from system_apis.certinia import simulator as simulated
from tests.conformance.story import CHILD, PROJECT

ROOM = Path(__file__).parents[3] / "system_apis" / "certinia"
DATA = "/services/data/v66.0"
ROWS = f"{DATA}/composite/sobjects"
TIMECARD = "pse__Timecard_Header__c"
ARCHITECT = "003J51000000002IAA"
MONDAY = dt.date(2027, 1, 11)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass
class Org:
    """A simulated org, a person signed in to it, and the room."""

    sandbox: Sandbox
    person: httpx.AsyncClient
    psa: Psa
    clock: ManualClock
    assigned: str = ""

    async def send(self, method: str, path: str, status: int, **body: Any) -> Any:
        """One call of the person, answered as expected."""
        answer = await self.person.request(method, f"{DATA}{path}", json=body or None)
        assert status == answer.status_code, answer.text
        return answer.json() if answer.content else None

    async def make(self, kind: str, **values: Any) -> str:
        """Create a row; its id."""
        return str((await self.send("POST", f"/sobjects/{kind}", 201, **values))["id"])

    async def refused(self, method: str, path: str, **body: Any) -> tuple[str, str]:
        """Code and message of a call that must be refused with 400."""
        (error,) = await self.send(method, path, 400, **body)
        return str(error["errorCode"]), str(error["message"])

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """The living rows of an object."""
        found: list[dict[str, Any]] = self.sandbox.dump()[kind]
        return found

    def fault(self, **more: Any) -> None:
        """Have the next fitting call fail."""
        self.sandbox.faults.append(msgspec.convert(more, Fault))

    def calls(self, method: str, path: str) -> list[int]:
        """The statuses of such calls, in order."""
        return [c["status"] for c in self.sandbox.calls if c["method"] == method and c["path"].startswith(path)]

    async def project(self) -> None:
        """Open the project of the story."""
        client = await self.psa.put_client(customer_id=CHILD.customer_id, body=CHILD)
        body = PsaProject(project=PROJECT, client_external_id=client.external_id)
        await self.psa.put_project(project_id=PROJECT.project_id, body=body)

    async def assignment(self, **values: Any) -> str:
        """Put the architect on the project of the story for its whole length."""
        period = {"pse__Start_Date__c": "2027-01-04", "pse__End_Date__c": "2027-02-28"}
        schedule = await self.make("pse__Schedule__c", **period)
        on = {"pse__Resource__c": ARCHITECT, "pse__Project__r": {"Sluice_Id__c": PROJECT.project_id}}
        said = {"pse__Role__c": "Cloud Architect", "pse__Schedule__c": schedule, "pse__Status__c": "Scheduled"}
        return await self.make("pse__Assignment__c", **(on | said | values))

    async def week(self, *hours: float, starts_on: dt.date = MONDAY, **values: Any) -> str:
        """Enter a week, Monday first."""
        return await self.make(TIMECARD, **self.week_body(*hours, starts_on=starts_on, **values))

    def week_body(self, *hours: float, starts_on: dt.date = MONDAY, **values: Any) -> dict[str, Any]:
        """What is entered for a week on the first phase."""
        return {
            "pse__Resource__c": ARCHITECT,
            "pse__Project__r": {"Sluice_Id__c": PROJECT.project_id},
            "pse__Assignment__c": self.assigned or None,
            "pse__Project_Phase_Object__r": {"Sluice_Id__c": "prj-s1/phs-s1-1"},
            "pse__Start_Date__c": starts_on.isoformat(),
            "pse__End_Date__c": (starts_on + dt.timedelta(days=6)).isoformat(),
            "pse__Billable__c": True,
            **{f"pse__{day}_Hours__c": each for day, each in zip(DAYS, hours, strict=False)},
            **values,
        }

    async def approve(self, *timecards: str) -> None:
        """Submit timecards and approve them."""
        asked = [{"actionType": "Submit", "contextId": one} for one in timecards]
        submitted = await self.send("POST", "/process/approvals", 200, requests=asked)
        items = [{"actionType": "Approve", "contextId": one["newWorkitemIds"][0]} for one in submitted]
        await self.send("POST", "/process/approvals", 200, requests=items)

    async def edit(self, timecard: str, **values: Any) -> None:
        """Change a closed timecard as an administrator does."""
        audited = {"pse__Admin_Global_Edit__c": True, "pse__Audit_Notes__c": "As agreed", **values}
        await self.send("PATCH", f"/sobjects/{TIMECARD}/{timecard}", 204, **audited)

    async def told(self, cursor: str = "", limit: int = 200) -> tuple[list[TimeEntry], str]:
        """A page of the feed."""
        page = await self.psa.time_changes(cursor=cursor, limit=limit)
        return page.entries, page.cursor


@asynccontextmanager
async def opened(**settings: Any) -> AsyncIterator[Org]:
    """An org with the package, and the room on it as the tier would open it."""
    sandbox = Sandbox()
    landscape = simulated.develop("http://org.test")
    app = sandboxed(simulated.build(sandbox), sandbox)
    sandbox.seed(landscape["seed"])
    clock = ManualClock(sandbox.now())

    def http(**more: Any) -> VendorClient:
        transport = httpx.ASGITransport(app)
        return VendorClient(name="psa", clock=clock, random=random.Random(1), transport=transport, **more)

    tools = Tools(
        name="psa",
        manifest=tomllib.loads((ROOM / "vendor.toml").read_text()),
        clock=clock,
        random=random.Random(1),
        tenant="firm",
        http=http,
        peers=cast("Any", None),
        durable=cast("Any", None),
    )
    room = build(decode(Config, {**landscape["config"], **settings}, section="connections.psa"), tools)
    headers = landscape["person"]["headers"]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://org.test", headers=headers
    ) as person:
        yield Org(sandbox, person, cast("Psa", room.mounts[0].service), clock)
    if room.close:
        await room.close()
