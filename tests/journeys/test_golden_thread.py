"""From a won deal to cash: a week of time, invoices, a correction, a credit, a rebill and payment, tied to the cent."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest

from kit.cli.demo.thread import tell_thread
from kit.cli.demo.thread_totals import GeneralLedger, Thread
from kit.cli.embedded import embedded
from kit.cli.estate import Estate, estate
from kit.cli.landscape import Landscape
from kit.cli.main import main

NOTHING = Decimal(0)
ACCOUNTS = {"debit": "3", "credit": "3", "receivable": "0", "revenue": "-1", "tax": "0", "cash": "1"}


def with_threads(name: str, *threads: str) -> Estate:
    """An estate that tells these threads only."""
    whole = estate(name)
    told = [each for each in whole.facts["threads"] if each["name"] in threads]
    return replace(whole, facts={**whole.facts, "threads": told})


async def woven(landscape: Landscape) -> list[Thread]:
    return await tell_thread(landscape, tell=lambda act: None)


async def reported_tax(landscape: Landscape) -> Decimal | None:
    """The tax of every committed document in the tax engine's own books; None in an estate without an engine."""
    engine = landscape.vendors.get("tax-main")
    if engine is None:
        return None
    async with httpx.AsyncClient() as http:
        state = json.loads((await http.get(f"{engine}/_sandbox/state")).content, parse_float=Decimal)
    committed = (each["totalTax"] for each in state["documents"] if each["status"] == "Committed")
    return sum((Decimal(tax) for tax in committed), NOTHING)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.req(153, 164, 168, 173)
@pytest.mark.parametrize("name", ["continental"])
async def test_a_week_of_ten_people_ends_as_cash_in_the_books(name: str) -> None:
    """Five documents, each the same in the ledger and in the ERP; sales reads that all of it is paid.

    Where the estate has a tax engine, what it reports of them is the tax of the ledger.
    """
    async with embedded(with_threads(name, "thames")) as landscape:
        (thread,) = await woven(landscape)
        reported = await reported_tax(landscape)

    assert thread.ties
    assert reported in {None, thread.ledger_gross - thread.ledger_net}
    assert ("atlantic" == name) is (reported is not None)
    assert ("GBP", 5, "paid") == (thread.currency, len(thread.documents), thread.crm_status)
    assert thread.ledger_net == thread.erp_net > 0
    assert (thread.told, NOTHING, NOTHING) == (thread.paid, thread.open, thread.wip)


@pytest.mark.real_system
@pytest.mark.timeout(900)
@pytest.mark.req(153, 164, 168, 173)
async def test_the_road_ends_in_the_general_ledger_of_a_real_erp() -> None:
    """Two companies in two currencies: debits equal credits, numbers have no gaps, nothing is open or unbilled."""
    async with embedded(estate("harbour")) as landscape:
        threads = await woven(landscape)

    assert ["EUR", "GBP"] == [thread.currency for thread in threads]
    for thread in threads:
        books = thread.general_ledger
        assert books is not None
        assert thread.ties
        assert books.debit == books.credit > 0
        assert (NOTHING, -thread.ledger_net, thread.paid) == (books.receivable, books.revenue, books.cash)
        assert books.gapless


@pytest.mark.parametrize(
    ("numbers", "gapless"), [("A-1 A-2 B-1", True), ("A-1 A-3", False), ("A-2", False), ("", True)]
)
def test_a_gap_in_the_legal_numbers_is_seen(numbers: str, *, gapless: bool) -> None:
    """Series by series, from 1."""
    accounts: dict[str, Any] = {name: int(value) for name, value in ACCOUNTS.items()}

    assert gapless is GeneralLedger(**accounts, numbers=numbers).gapless


def test_who_asks_why_has_to_say_who_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a token nothing is asked, and the words say what is missing."""
    monkeypatch.delenv("SLUICE_TOKEN", raising=False)

    assert 2 == main(["invoice", "explain", "inv-1", "--gateway", "http://127.0.0.1:9"])
    assert "SLUICE_TOKEN" in capsys.readouterr().err
