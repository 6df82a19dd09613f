"""Docusign answers the role of signatures: envelopes under our keys, their signers, and the proof of a signature."""

from __future__ import annotations

from contracts.canonical.capability import Capabilities, FeedKind, UpsertKind
from contracts.system.signatures import Signatures
from kit.http import Limits
from kit.room import Mount, Room, Tools
from system_apis.docusign.auth import Login
from system_apis.docusign.client import DocusignClient
from system_apis.docusign.config import Config
from system_apis.docusign.problems import problem_reader
from system_apis.docusign.service import DocusignSignatures

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Open one connection."""
    http = tools.http(
        base_url=config.auth_url,
        fetch_token=Login(config, clock=tools.clock).fetch_token,
        problem_from=problem_reader(tools.clock),
        limits=Limits(concurrency=config.concurrency, deadline_s=config.deadline_s),
    )
    client = DocusignClient(http, config=config, clock=tools.clock)
    capabilities = Capabilities(
        vendor="docusign",
        connection=tools.name,
        roles=list(tools.manifest["roles"]),
        lacks=list(tools.manifest["lacks"]),
        upsert=UpsertKind(tools.manifest["upsert"]),
        feed=FeedKind(tools.manifest["feed"]),
        concurrency=int(tools.manifest["concurrency"]),
    )
    service = DocusignSignatures(client, config=config, capabilities=capabilities, clock=tools.clock)
    return Room(mounts=(Mount(Signatures, service, "/signatures"),), close=client.close)
