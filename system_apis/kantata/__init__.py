"""Kantata OX (formerly Mavenlink) as a PSA: find by our reference, create once, never a second row."""

from __future__ import annotations

from contracts.system.psa import Psa
from kit.room import Mount, Room, Tools
from system_apis.kantata.auth import standing_token
from system_apis.kantata.client import Kantata, problem_from
from system_apis.kantata.config import Config
from system_apis.kantata.service import KantataPsa

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """One connection to one Kantata account."""
    http = tools.http(
        base_url=config.base_url,
        fetch_token=standing_token(config.token),
        problem_from=problem_from,
        limits=config.limits,
    )
    service = KantataPsa(
        Kantata(http), config=config, connection=tools.name, manifest=tools.manifest, clock=tools.clock
    )
    return Room(mounts=(Mount(contract=Psa, service=service, prefix="/psa"),), close=http.close)
