from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Protocol

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from litestar import Litestar

from contracts.canonical.actuals import Actual
from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.port import get, put
from contracts.problem import Problem
from kit import settings as plain
from kit.audit.chain import entries_of, entry_of
from kit.audit.classified import looker
from kit.audit.entry import Entry
from kit.audit.views import Views
from kit.caller import Caller, calling
from kit.clock import ManualClock
from kit.durable import Durable
from kit.durable.memory import MemoryDurable
from kit.ports import serve
from kit.ports.shape import shapes
from kit.serving import serving
from kit.store import Store
from kit.tier import Settings, open_tier
from kit.trust import new_key_pair
from tests.kit.audit.conftest import NOON, TENANT

pytestmark = pytest.mark.req(290, 291)
ZOE = Caller(subject="zoe", scopes=frozenset({"pay:*"}), tenant="home", actor=("gateway",), client_id="tower")


class Pay(Noun, frozen=True, kw_only=True):
    person_id: str
    grade: str = "senior"
    cost: Annotated[str | None, fact("Cost", Record.HR, classification=Classification.RESTRICTED)] = None
    mail: Annotated[str, fact("Mail", Record.HR, classification=Classification.CONFIDENTIAL)] = ""


class PayPage(Noun, frozen=True, kw_only=True):
    items: list[Pay]


class Payroll(Protocol):
    @get("/pay/{person_id}", scope="pay:read")
    async def pay(self, *, person_id: str) -> Pay:
        """One person."""
        ...

    @get("/pay", scope="pay:read")
    async def everybody(self) -> PayPage:
        """All."""
        ...

    @put("/pay/{person_id}", scope="pay:write")
    async def change(self, *, person_id: str, body: Pay) -> Pay:
        """Change one."""
        ...


class Office:
    async def pay(self, *, person_id: str) -> Pay:
        return Pay(person_id=person_id, cost=None if person_id == "boss" else "95")

    async def everybody(self) -> PayPage:
        return PayPage(items=[Pay(person_id="a"), Pay(person_id="b", cost="1"), Pay(person_id="c", cost="2", mail="m")])

    async def change(self, *, person_id: str, body: Pay) -> Pay:
        return msgspec.structs.replace(body, person_id=person_id)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    made = await Store.in_memory()
    yield made
    await made.close()


async def chained(store: Store, tenant: str = TENANT) -> list[Entry]:
    async with store.read() as connection:
        return [entry_of(row) for row in await connection.execute(entries_of(tenant).order_by(sa.text("1")))]


async def test_who_saw_what_is_chained(store: Store) -> None:
    """Over the wire: fields that were shown with whose they are; not what was left out, written, or is internal."""
    views = Views(least=Classification.RESTRICTED, clock=ManualClock(NOON))
    app: Any = Litestar([serve(Payroll, Office(), "/p", watch=views)], openapi_config=None, logging_config=None)
    async with views.recording(store, tenant=TENANT), serving(_as(app, ZOE)) as url, httpx.AsyncClient() as http:
        for path in ("/p/pay/ann", "/p/pay/boss", "/p/pay"):
            assert 200 == (await http.get(url + path)).status_code
        assert 200 == (await http.put(f"{url}/p/pay/ann", json={"person_id": "ann", "cost": "1"})).status_code

    began, one, all_, ended = await chained(store)
    assert ("recording began", "recording ended", "2") == (
        began.body["what"],
        ended.body["what"],
        ended.body["facts"]["views"],
    )
    assert {"fields": "Pay.cost", "through": "gateway", "caller_tenant": "home"} == one.body["facts"]
    assert ("zoe", "tower", "person_id=ann") == tuple(one.texts[name][1] for name in ("actor", "client", "ids"))
    assert ("view/everybody", "b, c") == (all_.body["subject"], all_.texts["ids"][1])


def _as(app: Any, caller: Caller) -> Any:
    async def called(scope: Any, receive: Any, send: Any) -> None:
        with calling(caller):
            await app(scope, receive, send)

    return called


async def test_the_level_decides_what_is_recorded() -> None:
    """Confidential holds what is restricted too; a type without such fields is not looked through at all."""
    shown = looker(PayPage, least=Classification.CONFIDENTIAL)
    assert shown is not None
    found = shown(await Office().everybody())

    assert (("Pay.cost", "Pay.mail"), ("b", "c")) == (found.fields, found.ids)
    assert looker(list[str], least=Classification.CONFIDENTIAL) is None
    assert looker(Actual, least=Classification.CONFIDENTIAL) is not None


class _Away(Exception):
    pass


class _Stubborn:
    """A store that cannot be written for a while."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.away = False

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        if self.away:
            raise _Away
        async with self.store.write() as connection:
            yield connection


async def test_nothing_is_shown_that_cannot_be_recorded(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """While the store is away views wait, up to so many; then answers are refused; afterwards all are written."""
    views = Views(least=Classification.RESTRICTED, clock=ManualClock(NOON), pause_s=0.01, most=3, patience_s=0.05)
    shape, stubborn = next(each for each in shapes(Payroll) if each.name == "pay"), _Stubborn(store)
    with calling(ZOE):
        async with views.recording(stubborn, tenant=TENANT):  # type: ignore[arg-type]  # it stands in for a store that fails
            stubborn.away = True
            for person in "abc":
                await views(shape, {"person_id": person}, Pay(person_id=person, cost="1"))
            with pytest.raises(Problem, match="cannot be recorded"):
                await views(shape, {"person_id": "d"}, Pay(person_id="d", cost="1"))
            stubborn.away = False
            async with asyncio.timeout(10):
                await views(shape, {"person_id": "e"}, Pay(person_id="e", cost="1"))

    ids = [entry.texts["ids"][1] for entry in await chained(store) if entry.texts]
    assert ["person_id=a", "person_id=b", "person_id=c", "person_id=e"] == ids
    assert any("views wait to be recorded" in told for told in caplog.messages)


async def test_the_process_tier_records_and_a_worker_does_not(store: Store) -> None:
    """The tier that answers people chains that it began and ended; switched off, or as a worker, it does not."""
    private, public = new_key_pair()
    tree = {
        "tenant": TENANT,
        "trust": {"private_keys": {"process": private, "worker": private}, "public_keys": {"gateway": public}},
        "tiers": {"system": "http://127.0.0.1:9"},
        "process_apis": {"casework": {}},
    }

    @asynccontextmanager
    async def opened(roads: Any, governance: Any) -> AsyncIterator[Durable]:
        del governance
        async with MemoryDurable.opened(roads=roads, clock=ManualClock(NOON), tenant=TENANT) as durable:
            durables.append(durable)
            yield durable
            found.append(len(await chained(durable.store)))

    found: list[int] = []
    durables: list[Durable] = []
    for deployable, audit in (("process", {}), ("worker", {}), ("process", {"views": "off"})):
        settings = plain.decode(Settings, {**tree, "audit": audit}, section="settings")
        tier = open_tier("process", settings, deployable=deployable, open_durable=opened)
        async with serving(tier.app):
            pass

    assert [2, 0, 0] == found
