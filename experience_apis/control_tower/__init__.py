"""The control tower: every case, step, exception and wait, for operations and finance."""

from __future__ import annotations

from contracts.experience.control_tower import ControlTower
from contracts.process.casework import Casework
from contracts.process.reconciliation import Reconciliation
from experience_apis.control_tower.config import Config
from experience_apis.control_tower.pages import tower_pages
from experience_apis.control_tower.service import ControlTowerService
from kit.room import Mount, Room, Tools

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Serve every case as casework knows it, and every break as reconciliation does; pages show both."""
    service = ControlTowerService(
        tools.peers.connect(Casework, "casework"), tools.peers.connect(Reconciliation, "reconciliation")
    )
    pages = tower_pages(service, room=tools.name, config=config, clock=tools.clock)
    return Room(mounts=(Mount(contract=ControlTower, service=service, prefix=""),), pages=(pages,))
