"""Dynamics 365 Sales answers the CRM role: deals read whole, changes followed, delivery's standing written back."""

from __future__ import annotations

from contracts.canonical.capability import Capabilities, FeedKind, UpsertKind
from contracts.system.crm import Crm
from kit.http import Limits
from kit.room import Mount, Room, Tools
from system_apis.dynamics_sales.auth import Login
from system_apis.dynamics_sales.client import DataverseClient
from system_apis.dynamics_sales.config import Config
from system_apis.dynamics_sales.problems import problem_from
from system_apis.dynamics_sales.service import DynamicsCrm

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Open one connection."""
    http = tools.http(
        base_url=config.base_url,
        fetch_token=Login(config, clock=tools.clock).fetch_token,
        problem_from=problem_from,
        limits=Limits(concurrency=config.concurrency, deadline_s=config.deadline_s),
    )
    client = DataverseClient(http, version=config.api_version, page_rows=config.page_rows)
    capabilities = Capabilities(
        vendor="dynamics_sales",
        connection=tools.name,
        roles=list(tools.manifest["roles"]),
        lacks=list(tools.manifest["lacks"]),
        upsert=UpsertKind(tools.manifest["upsert"]),
        feed=FeedKind(tools.manifest["feed"]),
        concurrency=int(tools.manifest["concurrency"]),
    )
    service = DynamicsCrm(client, capabilities=capabilities, clock=tools.clock, base_currency=config.base_currency)
    return Room(mounts=(Mount(Crm, service, "/crm"),), close=client.close)
