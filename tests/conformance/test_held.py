"""What a PSA and an ERP list as a whole, for whoever compares systems; a new vendor is tried without an edit here."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from contracts.canonical.held import HeldDocument, HeldProject
from contracts.canonical.posting import BookedState
from contracts.problem import Kind
from contracts.system.psa import PsaProject
from tests.conformance.connected import Connected, connected, kind_of, serving_role
from tests.conformance.story import CHILD, PARENT, PROJECT
from tests.conformance.test_erp_documents import INVOICE, drafted, posted


@pytest.fixture(params=serving_role("psa"))
async def psa(request: pytest.FixtureRequest) -> AsyncIterator[Connected]:
    async with connected(request.param, "psa") as opened:
        opened.skip_if_lacking("held_projects")
        client = await opened.role.put_client(customer_id=CHILD.customer_id, body=CHILD)
        body = PsaProject(project=PROJECT, client_external_id=client.external_id)
        await opened.role.put_project(project_id=PROJECT.project_id, body=body)
        yield opened


@pytest.fixture(params=serving_role("erp"))
async def erp(request: pytest.FixtureRequest) -> AsyncIterator[Connected]:
    async with connected(request.param, "erp") as opened:
        opened.skip_if_lacking("held_documents")
        for customer in (PARENT, CHILD):
            await opened.role.put_customer(customer_id=customer.customer_id, legal_entity_id="SG-DE", body=customer)
        await opened.role.put_project(project_id=PROJECT.project_id, body=PROJECT)
        yield opened


async def projects(psa: Connected, limit: int) -> list[HeldProject]:
    return await everything(psa.role.held_projects, limit)


async def everything(listed: Any, limit: int) -> list[Any]:
    found, cursor = [], ""
    while True:
        page = await listed(cursor=cursor, limit=limit)
        assert len(page.items) <= limit
        found += page.items
        if not page.cursor:
            return found
        cursor = page.cursor


@pytest.mark.req(180, 273)
async def test_a_project_is_listed_with_its_budget_until_it_is_archived(psa: Connected) -> None:
    """Under our key and our customer's, to the cent; page by page as in one, each once; archived, it is listed so."""
    told = await projects(psa, 200)
    by_ones = await projects(psa, 1)
    await psa.role.archive_project(project_id=PROJECT.project_id)
    after = await projects(psa, 200)
    mine = [each for each in told if each.project_id == PROJECT.project_id]

    assert [(PROJECT.budget, True, CHILD.customer_id)] == [(e.budget, e.open, e.customer_id) for e in mine]
    assert sorted(each.external_id for each in told) == sorted(each.external_id for each in by_ones)
    assert [False] == [each.open for each in after if each.project_id == PROJECT.project_id]


@pytest.mark.req(180)
async def test_a_cursor_of_nobody_and_a_limit_of_nothing_are_refused(psa: Connected) -> None:
    """What was not handed out by the list is no place in it."""
    assert Kind.INVALID is await kind_of(psa.role.held_projects(cursor="*"))
    assert Kind.INVALID is await kind_of(psa.role.held_projects(limit=0))


@pytest.mark.req(180, 273)
async def test_a_document_is_listed_with_what_the_books_say(erp: Connected) -> None:
    """Draft and posted, under our keys, the same amounts as when it is read alone; page by page, each once."""
    await drafted(erp)
    before: list[HeldDocument] = await everything(erp.role.held_documents, 200)
    document = await posted(erp)
    told: list[HeldDocument] = await everything(erp.role.held_documents, 1)
    mine = [each for each in told if each.document.document_id == INVOICE.document_id]

    assert [BookedState.DRAFT] == [e.document.state for e in before if e.document.document_id == INVOICE.document_id]
    assert [document] == [each.document for each in mine]
    assert [(CHILD.customer_id, PROJECT.project_id)] == [(each.customer_id, each.project_id) for each in mine]
    assert Decimal("2115.70") == mine[0].document.gross


@pytest.mark.req(180)
async def test_a_place_that_the_books_do_not_have_is_refused(erp: Connected) -> None:
    """As of every list."""
    assert Kind.INVALID is await kind_of(erp.role.held_documents(cursor="*"))
    assert Kind.INVALID is await kind_of(erp.role.held_documents(limit=0))
