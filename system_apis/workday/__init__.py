"""Workday answers the HR role: workers and absences from the tenant's own reports, changes from its transaction log."""

from __future__ import annotations

from typing import Final

import httpx

from contracts.canonical.capability import Capabilities, FeedKind, UpsertKind
from contracts.problem import Problem
from contracts.system.hr import Hr
from kit.http import Limits
from kit.room import Mount, Room, Tools
from system_apis.workday.auth import Login
from system_apis.workday.client import WorkdayClient
from system_apis.workday.config import Config
from system_apis.workday.faults import fault_from
from system_apis.workday.log import TransactionLog
from system_apis.workday.moments import VendorTime
from system_apis.workday.problems import problem_from
from system_apis.workday.service import WorkdayHr

__all__ = ["Config", "build"]

_PAUSE_S: Final = 1.0  # no header says how long to wait, and the allowance is by the second


def build(config: Config, tools: Tools) -> Room:
    """Open one connection: REST and reports with a token, web services with the user's password."""
    time = VendorTime(tools.clock)
    limits = Limits(concurrency=config.concurrency, deadline_s=config.deadline_s, base_delay_s=_PAUSE_S)

    def told(response: httpx.Response) -> Problem | None:
        time.heed(response)
        return problem_from(response)

    def told_by_fault(response: httpx.Response) -> Problem | None:
        time.heed(response)
        return fault_from(response)

    login = Login(config, time=time)
    http = tools.http(base_url=config.base_url, fetch_token=login.fetch_token, problem_from=told, limits=limits)
    services = tools.http(
        base_url=config.base_url, problem_from=told_by_fault, limits=limits, headers={"Accept": "text/xml"}
    )
    client, log = WorkdayClient(http, config=config), TransactionLog(services, config=config)
    capabilities = Capabilities(
        vendor="workday",
        connection=tools.name,
        roles=list(tools.manifest["roles"]),
        lacks=list(tools.manifest["lacks"]),
        upsert=UpsertKind(tools.manifest["upsert"]),
        feed=FeedKind(tools.manifest["feed"]),
        concurrency=int(tools.manifest["concurrency"]),
    )

    async def close() -> None:
        await client.close()
        await log.close()

    service = WorkdayHr(client, log, config=config, capabilities=capabilities, time=time)
    return Room(mounts=(Mount(Hr, service, "/hr"),), close=close)
