import random
import tomllib
from pathlib import Path
from typing import Any

import pytest

from contracts.experience.approvals import Approvals
from contracts.experience.control_tower import ControlTower
from contracts.port import operations
from contracts.process.casework import Casework
from contracts.process.reconciliation import Reconciliation
from experience_apis import approvals, control_tower
from kit.clock import ManualClock
from kit.room import Tools

PROCESSES: dict[str, type] = {"casework": Casework, "reconciliation": Reconciliation}
ROOMS = [pytest.param(approvals, Approvals, id="approvals"), pytest.param(control_tower, ControlTower, id="tower")]


def manifest(room: Any) -> dict[str, Any]:
    """What a room says about itself."""
    return tomllib.loads((Path(room.__file__).parent / "experience.toml").read_text())


class Peers:
    """Remembers what was connected."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, str]] = []

    def connect(self, contract: Any, role: str) -> Any:
        self.asked.append((contract, role))
        return object()


@pytest.mark.parametrize(("room", "contract"), ROOMS)
def test_a_room_asks_its_processes_and_serves_its_contract(room: Any, contract: type) -> None:
    """An experience needs a process by its name in the manifest, and no engine and no vendor."""
    peers = Peers()
    tools = Tools(
        name="room",
        manifest=manifest(room),
        clock=ManualClock(),
        random=random.Random(1),
        tenant="default",
        http=lambda **_: pytest.fail("an experience has no vendor client"),
        peers=peers,
        durable=lambda: pytest.fail("an experience has no engine"),
    )
    built = room.build(room.Config(), tools)

    assert [(PROCESSES[need], need) for need in manifest(room)["needs"]] == peers.asked
    assert [contract] == [mount.contract for mount in built.mounts]


@pytest.mark.parametrize(("room", "contract"), ROOMS)
def test_the_manifest_names_the_scopes_of_the_contract(room: Any, contract: type) -> None:
    """What an audience may ask for can be read without running anything."""
    scopes = {operation.endpoint.scope for operation in operations(contract)}

    assert sorted(scopes) == sorted(manifest(room)["scopes"])


@pytest.mark.parametrize(("room", "contract"), ROOMS)
def test_an_experience_asks_for_scopes_that_its_process_asks_for(room: Any, contract: type) -> None:
    """A caller who may enter here may go on below: tokens are narrowed on the way down, never widened."""
    processes = [PROCESSES[need] for need in manifest(room)["needs"]]
    below = {operation.endpoint.scope for process in processes for operation in operations(process)}

    assert set() == set(manifest(room)["scopes"]) - below
