"""Avalara AvaTax answers the role of tax: estimates, documents under our keys, and who may tax a place."""

from __future__ import annotations

import base64

from contracts.canonical.capability import Capabilities, FeedKind, UpsertKind
from contracts.system.tax import Tax
from kit.http import Limits
from kit.room import Mount, Room, Tools
from system_apis.avalara.client import AvataxClient
from system_apis.avalara.config import Config
from system_apis.avalara.problems import problem_from
from system_apis.avalara.service import AvataxTax

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Open one connection."""
    http = tools.http(
        base_url=config.base_url,
        problem_from=problem_from,
        limits=Limits(concurrency=config.concurrency, deadline_s=config.deadline_s),
        headers=_headers(config),
    )
    client = AvataxClient(http)
    capabilities = Capabilities(
        vendor="avalara",
        connection=tools.name,
        roles=list(tools.manifest["roles"]),
        lacks=list(tools.manifest["lacks"]),
        upsert=UpsertKind(tools.manifest["upsert"]),
        feed=FeedKind(tools.manifest["feed"]),
        concurrency=int(tools.manifest["concurrency"]),
    )
    service = AvataxTax(client, config=config, capabilities=capabilities)
    return Room(mounts=(Mount(Tax, service, "/tax"),), close=client.close)


def _headers(config: Config) -> dict[str, str]:
    """Who we are, on every call: the license key by Basic, and the words by which the vendor knows a program."""
    pair = f"{config.account_id}:{config.license_key.reveal()}".encode()
    return {
        "Authorization": f"Basic {base64.b64encode(pair).decode()}",
        "X-Avalara-Client": f"{config.app_name}; 1; httpx; 26.10.0; {config.machine_name}",
    }
