"""HubSpot answers the CRM role: deals read whole, changes followed by search, delivery's standing written back."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.canonical.capability import Capabilities, FeedKind, UpsertKind
from contracts.system.crm import Crm
from kit.http import Limits
from kit.room import Mount, Room, Tools
from kit.settings import SettingsError
from system_apis.hubspot.auth import Login
from system_apis.hubspot.client import HubspotClient
from system_apis.hubspot.config import Config
from system_apis.hubspot.mapping import Reader
from system_apis.hubspot.paths import paths
from system_apis.hubspot.problems import problem_from
from system_apis.hubspot.service import HubspotCrm

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Open one connection."""
    where = paths(config.api_version)
    http = tools.http(
        base_url=config.base_url,
        fetch_token=Login(config, paths=where, clock=tools.clock).fetch_token,
        problem_from=problem_from,
        limits=Limits(concurrency=config.concurrency, deadline_s=config.deadline_s),
    )
    client = HubspotClient(http, paths=where)
    capabilities = Capabilities(
        vendor="hubspot",
        connection=tools.name,
        roles=list(tools.manifest["roles"]),
        lacks=list(tools.manifest["lacks"]),
        upsert=UpsertKind(tools.manifest["upsert"]),
        feed=FeedKind(tools.manifest["feed"]),
        concurrency=int(tools.manifest["concurrency"]),
    )
    reader = Reader(currency=config.currency, zone=_zone(config.time_zone))
    service = HubspotCrm(client, config=config, reader=reader, capabilities=capabilities, clock=tools.clock)
    return Room(mounts=(Mount(Crm, service, "/crm"),), close=client.close)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(f"time_zone {name!r} is none") from None
