import random
import tomllib
from pathlib import Path

import pytest

from contracts.process.casework import Casework
from kit.clock import ManualClock
from kit.room import Tools
from process_apis import casework


def test_the_room_needs_nothing_below_it() -> None:
    """Casework reads our own books only: no system is connected, no road is run."""
    manifest = tomllib.loads((Path(casework.__file__).parent / "process.toml").read_text())
    tools = Tools(
        name="casework",
        manifest=manifest,
        clock=ManualClock(),
        random=random.Random(1),
        tenant="default",
        http=lambda **_: pytest.fail("a process has no vendor client"),
        peers=None,  # type: ignore[arg-type] # asking for a peer would fail
        durable=lambda: pytest.fail("the engine is opened after the rooms are built"),
    )
    built = casework.build(casework.Config(), tools)

    assert ([], []) == (manifest["needs"], manifest["starts_on"])
    assert [Casework] == [mount.contract for mount in built.mounts]
    assert () == built.roads
    assert 1 == len(built.running), "the clock of what is overdue"
    assert built.governance is not None
