"""One week billed in every way: what the ERPs of several estates say of it is the same to the cent, line by line."""

from collections.abc import Sequence
from dataclasses import replace as copied
from decimal import Decimal

import pytest
from msgspec.structs import replace

from kit.cli.demo.comparison import MISSING, compared
from kit.cli.demo.reading import Line, line_of
from kit.cli.demo.statement import Document, Statement
from kit.cli.demo.time_to_bill import bill_time
from kit.cli.embedded import embedded
from kit.cli.estate import Estate, estate
from kit.cli.main import main

CENT = Decimal("0.01")
NOTHING = Decimal(0)
LINE = Line(text="Advice, ada", quantity=Decimal("7.75"), price=Decimal("187.35"), net=Decimal("1451.96"))
INVOICE = Document(
    document_id="inv-1",
    kind="invoice",
    issued_on="2027-01-31",
    currency="EUR",
    lines=[LINE],
    net=LINE.net,
    tax=Decimal("275.87"),
    gross=Decimal("1727.83"),
    owed=Decimal("1727.83"),
    open=NOTHING,
    state="paid",
    number="INV1",
    erp_id="1",
)
SAID = Statement(
    estate="one",
    systems={"erp": "An ERP"},
    documents=[INVOICE],
    net=INVOICE.net,
    tax=INVOICE.tax,
    gross=INVOICE.gross,
    owed=INVOICE.owed,
    open=NOTHING,
    told=INVOICE.gross,
    told_open=NOTHING,
    crm_status="paid",
    elapsed_s=1.0,
    ties=True,
)
OTHER = replace(SAID, estate="other")


def unhurried(name: str) -> Estate:
    """An estate whose billing looks for news once a second at most: it waits for some twice, and else it works."""
    whole = estate(name)
    processes = whole.facts["process_apis"]
    billing = {**processes["time_to_bill"], "poll_s": max(1.0, processes["time_to_bill"]["poll_s"])}
    return copied(whole, facts={**whole.facts, "process_apis": {**processes, "time_to_bill": billing}})


async def stated(names: Sequence[str]) -> list[Statement]:
    statements = []
    for name in names:
        async with embedded(unhurried(name)) as landscape:
            statements.append(await bill_time(landscape, tell=lambda act: None))
    return statements


def held(statements: Sequence[Statement]) -> None:
    """The same on all, and what the story says: 18 lines on five documents, all of it paid."""
    found = compared(statements)

    assert [] == found.differences
    assert found.same
    for said in statements:
        assert said.ties
        assert ([13, 2, 1, 1, 1], "paid") == ([len(each.lines) for each in said.documents], said.crm_status)
        assert (Decimal("45945.56"), Decimal("8729.66"), Decimal("54675.22")) == (said.net, said.tax, said.gross)
        assert (said.gross, NOTHING) == (said.owed, said.open)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.req(153, 154, 159, 164, 168)
async def test_two_estates_that_share_no_system_bill_the_same_to_the_cent() -> None:
    """Dynamics, Certinia and SAP beside HubSpot, Kantata and Oracle Fusion: nothing differs but numbers and set-off."""
    statements = await stated(["continental", "pacific"])

    held(statements)
    apart = compared(statements).apart
    assert {"number", "ERP's id"} <= {each.row.what for each in apart}


@pytest.mark.real_system
@pytest.mark.timeout(1200)
@pytest.mark.req(153, 154, 159, 164, 168)
async def test_a_real_erp_bills_what_the_simulated_ones_bill() -> None:
    """All four estates, the last with a real general ledger behind it."""
    held(await stated(["atlantic", "continental", "pacific", "harbour"]))


def test_what_is_the_same_is_told_as_the_same() -> None:
    """Digits behind the cent are no difference, and neither are numbers and ids."""
    line = replace(LINE, quantity=Decimal("7.7500"), price=Decimal("187.350000"))
    other = replace(OTHER, documents=[replace(INVOICE, lines=[line], number="90000000", erp_id="70000000")])
    found = compared([SAID, other])

    assert found.same
    assert ["number", "ERP's id"] == [each.row.what for each in found.apart]


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("net", {"net": INVOICE.net + CENT}),
        ("tax", {"tax": INVOICE.tax - CENT}),
        ("day", {"issued_on": "2027-02-01"}),
        ("currency", {"currency": "USD"}),
        ("kind", {"kind": "credit_note"}),
        ("lines", {"lines": [LINE, LINE]}),
        ("line 1", {"lines": [replace(LINE, text="Advice, ben")]}),
        ("line 1", {"lines": [replace(LINE, quantity=Decimal("7.7501"))]}),
        ("line 1", {"lines": [replace(LINE, price=Decimal("187.3501"))]}),
    ],
)
def test_any_difference_is_named(what: str, changed: dict[str, object]) -> None:
    """By our key and by what differs, with what each estate says."""
    other = replace(OTHER, documents=[replace(INVOICE, **changed)])
    found = compared([SAID, other])

    assert not found.same
    assert ("inv-1", what) in [(row.document, row.what) for row in found.differences]
    assert all({"one", "other"} == set(row.values) for row in found.differences)


def test_a_line_held_whole_says_how_much_of_what_at_its_end() -> None:
    """It is the same line, and stands apart as what that ERP does where it would cut a half to even."""
    row = {"text": "Advice, ada (7.75 at 187.35)", "quantity": 1.0, "price": "1451.96", "net": "1451.96"}
    line = line_of(row, negated=False)
    found = compared([SAID, replace(OTHER, documents=[replace(INVOICE, lines=[line])])])

    assert replace(LINE, whole=True) == line
    assert found.same
    assert [{"one": "no line", "other": "line 1"}] == [each.row.values for each in found.apart]


@pytest.mark.parametrize(
    ("quantity", "price", "net", "negated"), [("-2", "3", "-6", False), ("2", "3", "6", True), ("2", "-3", "-6", False)]
)
def test_the_quantity_bears_the_sign_wherever_the_erp_has_it(
    quantity: str, price: str, net: str, *, negated: bool
) -> None:
    """On the quantity, on the price, or on nothing at all of a credit note."""
    line = line_of({"text": "x", "quantity": quantity, "price": price, "net": net}, negated=negated)

    assert (Decimal(-2), Decimal(3), Decimal(-6)) == (line.quantity, line.price, line.net)


def test_a_document_that_one_estate_has_alone_is_a_difference() -> None:
    """Whatever would be compared of it is missing on the other side."""
    found = compared([SAID, replace(OTHER, documents=[])])

    assert {MISSING} == {row.values["other"] for row in found.differences}


def test_estates_that_are_wrong_alike_are_not_the_same() -> None:
    """An ERP that does not tie to its ledger is a difference, even where every ERP does not."""
    found = compared([replace(SAID, ties=False), replace(OTHER, ties=False)])

    assert not found.same
    assert ["ERP, ledger and CRM tie"] == [row.what for row in found.differences]


def test_an_estate_that_nobody_knows_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is raised; the words name those that are known."""
    assert 2 == main(["demo", "--compare", "--estates", "atlantic,nosuch"])
    assert "continental" in capsys.readouterr().err
