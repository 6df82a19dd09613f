"""The room opened on a real Tryton with fresh books, and a firm that has one customer with one project."""

import datetime as dt
import random
import tomllib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

import system_apis.tryton as room
from contracts.canonical.posting import BookedDocument, PostingDocument
from kit.clock import SystemClock
from kit.http import VendorClient
from kit.room import Tools
from kit.settings import decode
from system_apis.tryton.client import Tryton as Client
from system_apis.tryton.client import connect
from system_apis.tryton.config import Config
from system_apis.tryton.landscape.desk import Desk
from system_apis.tryton.service import TrytonErp
from tests.conformance.story import CHILD, PARENT, PROJECT
from tests.tryton import Tryton, fresh


@dataclass
class Books:
    """One connection: what it answers, the wire below it, and the system behind it."""

    erp: TrytonErp
    client: Client
    real: Tryton

    async def draft(self, document: PostingDocument) -> BookedDocument:
        return await self.erp.put_document(document_id=document.document_id, body=document)

    async def post(self, document: PostingDocument) -> BookedDocument:
        await self.draft(document)
        return await self.erp.post_document(document_id=document.document_id)


class Ahead(SystemClock):
    """This machine's clock, so many seconds ahead."""

    def __init__(self, ahead_s: float) -> None:
        self._ahead = dt.timedelta(seconds=ahead_s)

    def now(self) -> dt.datetime:
        return super().now() + self._ahead


def opened(real: Tryton, *, ahead_s: float = 0.0, **changed: object) -> tuple[Client, TrytonErp]:
    """One connection as the tier opens it, its clock ahead by so much; `changed` are settings of its own."""
    manifest = tomllib.loads((Path(room.__file__).parent / "vendor.toml").read_text())
    config = decode(Config, {**real.config, **changed}, section="connections.books")
    clock, chance = Ahead(ahead_s), random.Random(1)
    http = partial(VendorClient, name="books", clock=clock, random=chance)
    no_peers = no_engine = None
    tools = Tools("books", manifest, clock, chance, "t", http, no_peers, no_engine)  # type: ignore[arg-type]  # a vendor room uses neither
    client = connect(config, tools)
    return client, TrytonErp(client, config=config, tools=tools)


@pytest.fixture
async def books() -> AsyncIterator[Books]:
    real = fresh()
    client, erp = opened(real)
    for customer in (PARENT, CHILD):
        await erp.put_customer(customer_id=customer.customer_id, legal_entity_id="SG-DE", body=customer)
    await erp.put_project(project_id=PROJECT.project_id, body=PROJECT)
    yield Books(erp, client, real)
    await client.close()


@pytest.fixture
def desk(books: Books) -> Iterator[Desk]:
    """A bookkeeper at Tryton's own desk, acting for the German company."""
    with books.real.desk() as signed_in:
        signed_in.of(signed_in.the("company.company", ["party.code", "=", "SG-DE"]))
        yield signed_in
