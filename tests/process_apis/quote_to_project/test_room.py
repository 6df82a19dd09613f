import random
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar

import process_apis.quote_to_project as room
from contracts.canonical.casework import CaseState
from contracts.events.deal import DealWon
from contracts.problem import Kind, Problem
from contracts.process.quote_to_project import QuoteToProject, StartQuoteToProject
from kit.caller import Caller, calling
from kit.clock import ManualClock
from kit.durable.memory import MemoryDurable
from kit.ports import connect, serve
from kit.room import Room, Tools
from kit.settings import SettingsError, decode
from kit.tier.answers import on_problem
from tests.process_apis.quote_to_project.running import DEAL
from tests.process_apis.quote_to_project.world import World

MANIFEST = tomllib.loads((Path(room.__file__).parent / "process.toml").read_text())
SAM = Caller(subject="sam.sales", scopes=frozenset({"quote_to_project:start", "quote_to_project:read"}))


class Peers:
    """Hands out the fakes by role, and remembers which were asked for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.asked: list[str] = []

    def connect(self, contract: Any, role: str) -> Any:
        self.asked.append(role)
        return getattr(self.world, role)


def tools(peers: Peers, durable: Any = None) -> Tools:
    """What a tier would hand to the room."""
    return Tools(
        name="quote_to_project",
        manifest=MANIFEST,
        clock=ManualClock(),
        random=random.Random(1),
        tenant="default",
        http=lambda **_: pytest.fail("a process has no vendor client"),
        peers=peers,
        durable=durable or (lambda: pytest.fail("the engine is opened after the rooms are built")),
        connections={"crm": "crm-emea", "erp": "erp-main", "psa": "psa-main"},
    )


def test_the_room_asks_for_what_its_manifest_says() -> None:
    """Roles needed, version and trigger stand in the manifest and nowhere else."""
    peers = Peers(World())
    built = room.build(room.Config(), tools(peers))

    assert sorted(MANIFEST["needs"]) == sorted(peers.asked)
    assert [("quote_to_project", MANIFEST["version"]), ("deal_reversal", MANIFEST["version"])] == [
        (road.process, road.version) for road in built.roads
    ]
    assert [DealWon.TYPE] == MANIFEST["starts_on"]
    assert 1 == len(built.running)


def test_the_feed_can_be_left_out() -> None:
    """A firm that starts cases by hand runs no feed."""
    assert () == room.build(room.Config(feed=False), tools(Peers(World()))).running


@pytest.mark.parametrize(
    "wrong", [{"poll": 5}, {"poll_s": 0}, {"page": 0}, {"approval_due_h": -1}, {"since": "2026-11-20T09:00:00"}]
)
def test_a_wrong_setting_is_refused(wrong: dict[str, Any]) -> None:
    """An unknown name and a senseless value are refused before anything runs."""
    with pytest.raises(SettingsError, match=r"process_apis\.quote_to_project"):
        decode(room.Config, wrong, section="process_apis.quote_to_project")


def served(built: Room) -> QuoteToProject:
    """The room's contract, called over HTTP within the process."""
    (mount,) = built.mounts
    app: Any = Litestar(  # its own types are narrower than ASGI's
        [serve(mount.contract, mount.service, f"/quote_to_project{mount.prefix}")],
        exception_handlers={Problem: on_problem},
        openapi_config=None,
    )
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://process")
    return connect(QuoteToProject, http, prefix="/quote_to_project")


async def test_a_case_is_started_and_read_over_http() -> None:
    """The contract stands at both ends of a wire; a scope that is missing is refused at the door of the room."""
    engine: list[MemoryDurable] = []
    built = room.build(room.Config(), tools(Peers(World()), durable=lambda: engine[0]))
    async with MemoryDurable.opened(built.roads) as durable:
        engine.append(durable)
        process = served(built)
        with calling(SAM):
            started = await process.start(body=StartQuoteToProject(opportunity_id=DEAL), idempotency_key="k")
            await durable.settled(started.case_id)
            standing = await process.standing(case_id=started.case_id)
        with calling(Caller(subject="nobody")), pytest.raises(Problem) as refused:
            await process.standing(case_id=started.case_id)

        assert CaseState.WAITING_APPROVAL is standing.state
        assert Kind.FORBIDDEN is refused.value.kind
