"""Certinia PSA on the Salesforce platform as a PSA: rows under our keys, weekly timecards told as days."""

from __future__ import annotations

from contracts.system.psa import Psa
from kit.force import Login, OrgClient, Writer, problem_from
from kit.http import Limits
from kit.room import Mount, Room, Tools
from system_apis.certinia.config import Config
from system_apis.certinia.rows import Org
from system_apis.certinia.service import CertiniaPsa

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """One connection to one org."""
    http = tools.http(
        base_url=config.base_url,
        fetch_token=Login(config, clock=tools.clock).fetch_token,
        problem_from=problem_from,
        limits=Limits(concurrency=config.concurrency, deadline_s=config.deadline_s),
    )
    client = OrgClient(http, version=config.api_version)
    writer = Writer(client, chunk=config.chunk, clock=tools.clock, random=tools.random)
    service = CertiniaPsa(
        Org(client, writer), config=config, connection=tools.name, manifest=tools.manifest, clock=tools.clock
    )
    return Room(mounts=(Mount(Psa, service, "/psa"),), close=client.close)
