"""SharePoint answers the documents role: project folders and filed documents by our keys, who opens them, changes."""

from __future__ import annotations

from contracts.canonical.capability import Capabilities, FeedKind, UpsertKind
from contracts.system.documents import Documents
from kit.http import Limits
from kit.room import Mount, Room, Tools
from system_apis.sharepoint.auth import Login
from system_apis.sharepoint.carrying import Carrier
from system_apis.sharepoint.client import GraphClient
from system_apis.sharepoint.config import Config
from system_apis.sharepoint.mapping import Columns
from system_apis.sharepoint.problems import carried_problem_from, problem_from
from system_apis.sharepoint.service import SharePointDocuments

__all__ = ["Config", "build"]

_DECORATED = {"User-Agent": "ISV|Sluice|Sluice/1.0"}  # the vendor asks for it, and throttles who is decorated later


def build(config: Config, tools: Tools) -> Room:
    """Open one connection."""
    limits = Limits(concurrency=config.concurrency, deadline_s=config.deadline_s)
    http = tools.http(
        base_url=config.base_url,
        fetch_token=Login(config, clock=tools.clock).fetch_token,
        problem_from=problem_from,
        limits=limits,
        headers=_DECORATED,
    )
    carried = tools.http(
        base_url=config.content_url, problem_from=carried_problem_from, limits=limits, headers=_DECORATED
    )
    client = GraphClient(http, config=config, columns=Columns(config.column_prefix))
    carrier = Carrier(carried, content_url=config.content_url, piece_bytes=config.piece_bytes)
    capabilities = Capabilities(
        vendor="sharepoint",
        connection=tools.name,
        roles=list(tools.manifest["roles"]),
        lacks=list(tools.manifest["lacks"]),
        upsert=UpsertKind(tools.manifest["upsert"]),
        feed=FeedKind(tools.manifest["feed"]),
        concurrency=int(tools.manifest["concurrency"]),
    )

    async def close() -> None:
        await client.close()
        await carrier.close()

    service = SharePointDocuments(client, carrier, config=config, clock=tools.clock, capabilities=capabilities)
    return Room(mounts=(Mount(Documents, service, "/documents"),), close=close)
