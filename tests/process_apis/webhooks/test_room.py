"""The room as it is opened, and what its settings refuse."""

import random
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import kit.cli.estate
from contracts.canonical.field import Classification, Noun
from contracts.canonical.webhooks import EventType
from contracts.events.billing import InvoicePosted
from contracts.events.deal import ProjectProvisioned
from contracts.events.envelope import CloudEvent
from contracts.events.webhooks import EndpointDisabled
from contracts.process.webhooks import Webhooks
from kit.cli.estate import estate
from kit.clock import ManualClock
from kit.durable.memory import MemoryDurable
from kit.room import Room, Tools
from kit.settings import Secret, SettingsError
from kit.tier.documents import committed
from kit.versions import history
from process_apis import webhooks
from process_apis.webhooks.config import Config
from process_apis.webhooks.rules import told
from tests.process_apis.webhooks.world import CONFIG, NOW, posted, provisioned

ESTATES = sorted(path.stem for path in (Path(kit.cli.estate.__file__).parent / "estates").glob("*.toml"))
MANIFEST = tomllib.loads((Path(webhooks.__file__).parent / "process.toml").read_text())


def opened(config: Config, durable: Any = None) -> Room:
    """The room over an engine, which is there once the room is used."""
    return webhooks.build(
        config,
        Tools(
            name="webhooks",
            manifest=MANIFEST,
            clock=ManualClock(NOW),
            random=random.Random(1),
            tenant="t",
            http=lambda **_: pytest.fail("a process has no vendor client"),
            peers=None,  # type: ignore[arg-type] # asking for a peer would fail
            durable=durable or (lambda: pytest.fail("the engine is opened after the rooms are built")),
        ),
    )


async def test_the_room_runs_what_it_has_built() -> None:
    """It serves one contract, begins a case for what its manifest says, and its tasks start and end on a store."""
    held: list[MemoryDurable] = []
    room = opened(replace(CONFIG, poll_s=0.01), durable=lambda: held[0])
    async with MemoryDurable.opened(list(room.roads)) as durable:
        held.append(durable)
        for run in room.running:
            async with run():
                pass

    assert [Webhooks] == [mount.contract for mount in room.mounts]
    assert ([EndpointDisabled.TYPE], []) == (MANIFEST["starts_on"], MANIFEST["needs"])
    assert (3, 0) == (len(room.running), len(opened(replace(CONFIG, feed=False)).running))


def test_a_setting_that_would_be_unsafe_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, a lease that a slow endpoint outlasts, and calls to this machine from within a cluster."""
    with pytest.raises(SettingsError, match="sealing_secrets"):
        opened(replace(CONFIG, sealing_secrets=Secret("")))
    with pytest.raises(SettingsError, match="lease_s"):
        opened(replace(CONFIG, lease_s=3.0))
    opened(CONFIG)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    opened(replace(CONFIG, loopback=False))
    with pytest.raises(SettingsError, match="not in a cluster"):
        opened(CONFIG)


@pytest.mark.parametrize("name", ESTATES)
def test_who_may_read_an_engagement_may_be_told_of_it(name: str) -> None:
    """Both rooms name the same customers of each client: nobody is told of what they could not read."""
    processes = estate(name).facts["process_apis"]

    assert processes["engagements"]["customers"] == processes["webhooks"]["customers"]


def confidential(schema: Any) -> Iterator[str]:
    """The names of members above internal, anywhere in the schemas of a document."""
    for shape in schema["components"]["schemas"].values():
        for member, part in shape.get("properties", {}).items():
            if part.get("x-classification") in {Classification.CONFIDENTIAL, Classification.RESTRICTED}:
                yield member


def test_a_message_is_the_same_in_every_version_and_holds_nothing_confidential() -> None:
    """It names objects; no member of it is confidential, and none is of a shape that a version changed."""
    events: list[tuple[str, Noun]] = [(InvoicePosted.TYPE, posted(1)), (ProjectProvisioned.TYPE, provisioned())]
    members = set[str]()
    for kind, fact in events:
        event = CloudEvent(id="1", source="s", type=kind, subject="s", time=NOW, data=fact)
        found = told(event)
        assert found is not None
        members |= set(found.data)
    dated = history("partners")
    changed = {shape for change in dated.since(dated.versions[-1]) for shape in change.shapes}

    assert {"project_id", "project_ids", "invoice_id", "number"} == members
    assert set() == members & set(confidential(committed()["partners-2026-11-20"]))
    assert changed
    assert set() == changed & {"Endpoint", "Endpoints", "Delivery", "DeliveryFile", "Replay", EventType.__name__}
