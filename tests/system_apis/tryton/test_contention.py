import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path

import httpx
import psycopg
import pytest
from msgspec.structs import replace

from system_apis.tryton.landscape import environment
from system_apis.tryton.landscape.books import open_books
from system_apis.tryton.landscape.desk import Desk
from system_apis.tryton.landscape.server import DATABASE, Server
from system_apis.tryton.landscape.template import Template
from system_apis.tryton.refusals import problem_from
from tests.conformance.story import CHILD, PARENT, PROJECT
from tests.conformance.test_erp_documents import INVOICE, line
from tests.postgres import postgres_server
from tests.system_apis.tryton.conftest import opened
from tests.tryton import Tryton

__all__ = ["postgres_server"]
pytestmark = [pytest.mark.real_system, pytest.mark.postgres, pytest.mark.timeout(600)]

KEYS = [f"inv-{number}" for number in range(8)]


@pytest.fixture
def on_postgres(postgres_server: str) -> Iterator[Tryton]:
    """A Tryton whose books lie in PostgreSQL, where several really write at a time; made anew, which takes a minute."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'create database "{DATABASE}"')
    with tempfile.TemporaryDirectory(prefix="tryton-", ignore_cleanup_errors=True) as folder:
        uri = postgres_server.replace("/postgres?", "/?")
        server = Server(Path(folder), programs=environment.programs(), uri=uri)
        password = secrets.token_urlsafe(24)
        server.initialise(password)
        server.start()
        try:
            with Desk(server.url, DATABASE, password=password) as admin:
                key = open_books(admin, tell=print)
            yield Tryton(server, Template(server.file, key, password))
        finally:
            server.stop()


@pytest.fixture
async def drafts(on_postgres: Tryton) -> AsyncIterator[dict[str, str]]:
    """Eight drafts: Tryton's ids by ours."""
    client, erp = opened(on_postgres)
    for customer in (PARENT, CHILD):
        await erp.put_customer(customer_id=customer.customer_id, legal_entity_id="SG-DE", body=customer)
    await erp.put_project(project_id=PROJECT.project_id, body=PROJECT)
    lines = [line(1, "1", "10.00", "10.00")]
    small = replace(INVOICE, lines=lines, net=Decimal(10), tax=Decimal("1.90"), gross=Decimal("11.90"))
    made = {}
    for key in KEYS:
        booked = await erp.put_document(document_id=key, body=replace(small, document_id=key))
        made[key] = booked.external_id
    yield made
    await client.close()


@pytest.mark.req(245)
async def test_whoever_posts_at_the_same_time_is_rolled_back_and_comes_again(
    on_postgres: Tryton, drafts: dict[str, str]
) -> None:
    """Numbers without gaps are locked: some of eight are refused with a page. Two connections then finish the rest."""
    context = "eyJjb21wYW55IjoxLCJfc2tpcF93YXJuaW5ncyI6dHJ1ZX0="  # {"company":1,"_skip_warnings":true}
    sent = {"Authorization": f"Bearer {on_postgres.template.key}", "X-Tryton-Context": context}
    path = f"{on_postgres.url}/{DATABASE}/rest/model/account.invoice"
    async with httpx.AsyncClient(headers=sent, timeout=60) as http:
        answers = await asyncio.gather(*(http.post(f"{path}/{each}/post", json={}) for each in drafts.values()))
    told = [problem_from(answer) for answer in answers]
    (first, one), (second, other) = opened(on_postgres), opened(on_postgres)
    halves = [(erp, key) for erp in (one, other) for key in KEYS]
    booked = await asyncio.gather(*(erp.post_document(document_id=key) for erp, key in halves))
    await first.close()
    await second.close()

    assert {"tryton.rolled_back"} == {problem.code for problem in told if problem is not None}
    assert [f"INV-SG-DE-2027-{number:06d}" for number in range(1, 9)] == sorted({each.number for each in booked})
