"""People who enter, hand in, approve and send back time in the simulated account, and the room that follows them."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

from contracts.canonical.party import Customer
from contracts.canonical.project import Project
from contracts.canonical.timesheets import BilledTime, TimeEntry
from contracts.system.psa import Psa, PsaProject
from kit.clock import SystemClock
from kit.http import VendorClient
from kit.room import Tools
from kit.settings import decode
from kit.tier import manifests
from system_apis.kantata import Config, build

API = "/api/v1"


class AccountClock(SystemClock):
    """The clock of the account, so that both sides agree which day it is."""

    def __init__(self, sandbox: Any) -> None:
        self._sandbox = sandbox

    def now(self) -> datetime:
        """What time it is in the account."""
        moment: datetime = self._sandbox.now()
        return moment


@asynccontextmanager
async def room_on(account: Any, **settings: Any) -> AsyncIterator[Psa]:
    """The room opened on an account, by its clock."""
    clock, chance = AccountClock(account.sandbox), random.Random(1)
    tools = SimpleNamespace(
        name="psa-main",
        manifest=manifests("system")["kantata"].facts,
        clock=clock,
        random=chance,
        http=partial(VendorClient, name="psa-main", clock=clock, random=chance, transport=account.transport),
    )
    config = decode(Config, {**account.config, **settings}, section="connections.psa-main")
    room = build(config, cast("Tools", tools))
    try:
        yield cast("Psa", room.mounts[0].service)
    finally:
        if room.close:
            await room.close()


@asynccontextmanager
async def desk_on(account: Any, customer: Customer, project: Project) -> AsyncIterator[Desk]:
    """A project that stands, with Dana in the seat of an architect for Germany."""
    async with room_on(account) as psa:
        client = await psa.put_client(customer_id=customer.customer_id, body=customer)
        body = PsaProject(project=project, client_external_id=client.external_id)
        first, *phases = (await psa.put_project(project_id=project.project_id, body=body)).references
        role = await account.make("roles", "role", name="Cloud Architect (DE)")
        seat = {"workspace_id": first.external_id, "user_id": "8002", "role_id": role["id"]}
        await account.make("workspace_resources", "workspace_resource", **seat)
        yield Desk(account, psa, first.external_id, {one.our_id: one.external_id for one in phases})


@dataclass
class Desk:
    """One project of ours, its people, and a reader of the feed."""

    account: Any
    psa: Psa
    workspace_id: str
    stories: dict[str, str]
    cursor: str = ""

    async def enter(self, minutes: int = 60, day: str = "2027-01-11", **more: Any) -> str:
        """An entry of Dana's."""
        wanted = {"workspace_id": self.workspace_id, "user_id": "8002", "date_performed": day, "billable": True}
        row = await self.account.make("time_entries", "time_entry", time_in_minutes=minutes, **(wanted | more))
        return str(row["id"])

    async def hand_in(self, *entry_ids: str) -> str:
        """A submission of these entries."""
        body = {"title": "Week 2", "workspace_id": self.workspace_id, "line_item_ids": entry_ids}
        row = await self.account.make("timesheet_submissions", "timesheet_submission", **body)
        return str(row["id"])

    async def resolve(self, submission_id: str, verb: str) -> int:
        """Approve, reject or cancel; the status of the answer."""
        path = f"{API}/timesheet_submissions/{submission_id}/{verb}"
        answer = await self.account.http.put(path, json={"resolution": {"description": "as told"}})
        return int(answer.status_code)

    async def approved(self, minutes: int = 60, **more: Any) -> tuple[str, str]:
        """An entry that stands approved, and its submission."""
        entry_id = await self.enter(minutes, **more)
        submission_id = await self.hand_in(entry_id)
        assert 200 == await self.resolve(submission_id, "approve")
        return entry_id, submission_id

    async def change(self, entry_id: str, **attributes: Any) -> int:
        """Change an entry; the status of the answer."""
        answer = await self.account.http.put(f"{API}/time_entries/{entry_id}", json={"time_entry": attributes})
        return int(answer.status_code)

    async def delete(self, entry_id: str) -> int:
        """Delete an entry; the status of the answer."""
        answer = await self.account.http.delete(f"{API}/time_entries/{entry_id}")
        return int(answer.status_code)

    async def told(self, *, limit: int = 200) -> list[TimeEntry]:
        """What the feed tells until it is at its end; the reader stays there."""
        found: list[TimeEntry] = []
        while True:
            page = await self.psa.time_changes(cursor=self.cursor, limit=limit)
            self.cursor = page.cursor
            if not page.entries:
                return found
            assert len(page.entries) <= limit
            found += page.entries

    async def bill(self, document_id: str, *entry_ids: str) -> None:
        """Report entries as billed."""
        body = BilledTime(document_id=document_id, number=f"N-{document_id}", entry_ids=list(entry_ids))
        await self.psa.report_billed(document_id=document_id, body=body)

    def seed(self, count: int, *, first: int, updated_at: str) -> list[str]:
        """Approved entries that were all changed at one moment, as a bulk approval leaves them."""
        wanted = {"workspace_id": self.workspace_id, "user_id": "8002", "date_performed": "2027-01-11"}
        entry = wanted | {"time_in_minutes": 60, "billable": True, "approved": True, "updated_at": updated_at}
        ids = [str(number) for number in range(first, first + count)]
        self.account.sandbox.seed({"time_entries": dict.fromkeys(ids, entry)})
        return ids
