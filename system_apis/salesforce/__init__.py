"""Salesforce answers the CRM role: deals read whole, changes followed, delivery's standing written back."""

from __future__ import annotations

from contracts.canonical.capability import Capabilities, FeedKind, UpsertKind
from contracts.system.crm import Crm
from kit.force import Login, OrgClient, problem_from
from kit.http import Limits
from kit.room import Mount, Room, Tools
from system_apis.salesforce.config import Config
from system_apis.salesforce.service import SalesforceCrm

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Open one connection."""
    http = tools.http(
        base_url=config.base_url,
        fetch_token=Login(config, clock=tools.clock).fetch_token,
        problem_from=problem_from,
        limits=Limits(concurrency=config.concurrency, deadline_s=config.deadline_s),
    )
    client = OrgClient(http, version=config.api_version)
    capabilities = Capabilities(
        vendor="salesforce",
        connection=tools.name,
        roles=list(tools.manifest["roles"]),
        lacks=list(tools.manifest["lacks"]),
        upsert=UpsertKind(tools.manifest["upsert"]),
        feed=FeedKind(tools.manifest["feed"]),
        concurrency=int(tools.manifest["concurrency"]),
    )
    service = SalesforceCrm(client, capabilities=capabilities, clock=tools.clock, feed_lag_s=config.feed_lag_s)
    return Room(mounts=(Mount(Crm, service, "/crm"),), close=client.close)
