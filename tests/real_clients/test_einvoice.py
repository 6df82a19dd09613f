"""Electronic invoices before judges that others wrote: the schemas of UBL 2.1 and the rules of EN 16931."""

import datetime as dt
import json
import subprocess
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.canonical.documents import DocumentLine, ExchangeRecord, QuotedRate, TaxCategory
from contracts.canonical.einvoice import (
    ContactPoint,
    Delivery,
    ElectronicAddress,
    Exemption,
    InvoicingPeriod,
    IssuedDocument,
    PaymentInstructions,
    PaymentMeans,
    PrecedingInvoice,
    Registration,
)
from contracts.canonical.party import Address
from contracts.canonical.posting import DocumentKind
from contracts.canonical.pricing import Rounding
from contracts.canonical.trade.documents import computed, untied
from contracts.canonical.trade.einvoicing import codes, e_invoice, faults_of
from contracts.canonical.trade.exchange import found_rate
from contracts.problem import Problem
from kit.einvoice import ubl
from tests.issued import PAYMENT, a_line, an_invoice, its_credit
from tests.process_apis.time_to_bill.office import office
from tests.process_apis.time_to_bill.test_exporting import ISSUER, billed

pytestmark = [pytest.mark.real_client]

SCRIPT = Path(__file__).parent / "scripts" / "einvoice_judge.py"
NOTHING: dict[str, list[str]] = {"schema": [], "rules": []}
S, Z, E, AE, K, G, O = TaxCategory  # noqa: E741 - the codes of EN 16931 are letters


class Judge:
    """A process of the others' environment; each question is answered before the next."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def ask(self, question: dict[str, Any]) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, "the judge is gone"
        return json.loads(answer)

    def found(self, xml: bytes) -> dict[str, list[str]]:
        """What schema and rules hold against a document; that rules looked at it at all is asserted here."""
        verdict = self.ask({"xml": xml.decode()})
        assert verdict.pop("fired") > 10
        return {name: list(faults) for name, faults in verdict.items()}


@pytest.fixture(scope="module")
def judge(client_python: Callable[[str], Path]) -> Iterator[Judge]:
    python = client_python("einvoice")
    pipe = subprocess.PIPE
    with subprocess.Popen([python, "-I", SCRIPT], stdin=pipe, stdout=pipe, text=True) as process:
        yield Judge(process)
        assert process.stdin is not None
        process.stdin.close()
        assert 0 == process.wait(timeout=20)


def books(rate: str, currency: str) -> ExchangeRecord:
    quoted = QuotedRate(
        from_currency=currency, to_currency="EUR", rate=Decimal(rate), starts_on=dt.date(2026, 1, 1), source="ECB"
    )
    return found_rate([quoted], currency, "EUR", on=dt.date(2026, 7, 31), via="EUR")


INVOICES = {
    "G17": an_invoice([a_line(str(number), rate="10.005", percent="19") for number in range(3)]),
    "mixed rates": an_invoice(
        [
            a_line("1", "7.5", "185.123456", percent="19"),
            a_line("2", "2", percent="7", allowance="10.50"),
            a_line("3", "-1", "40", percent="19", allowance="-4"),
            a_line("4", "3", "12.34", category=Z),
            a_line("5", "1", "99.99", category=E),
            a_line("6", "1", "0", percent="19"),
        ],
        prepaid=Decimal(100),
        rounding_amount=Decimal("0.02"),
    ),
    "a negative price": an_invoice([a_line("1", percent="19"), a_line("2", "2", "-10", percent="19")]),
    "reverse charge": an_invoice([a_line("1", "8", "185", category=AE)]),
    "export": an_invoice([a_line("1", "8", "185", category=G)]),
    "within the community": an_invoice([a_line("1", category=K)]),
    "outside the scope": an_invoice([a_line("1", category=O)]),
    "yen": an_invoice([a_line("1", "7.5", "12345.678", percent="10")], currency="JPY"),
    "dinar in whole hundredths": an_invoice([a_line("1", rate="10.5", percent="10")], currency="KWD"),
    "pounds, and tax in euros": an_invoice(
        [a_line("1", "3", "33.33", percent="20")], currency="GBP", exchange=books("1.1733", "GBP")
    ),
    "bare": an_invoice(
        [a_line("1", percent="19")],
        payment=None,
        period=None,
        delivery=None,
        terms="",
        buyer_reference="",
        purchase_order="",
        note="",
    ),
}


@pytest.mark.req(91, 164)
@pytest.mark.parametrize("name", INVOICES)
def test_invoices_and_their_credits_pass(name: str, judge: Judge) -> None:
    """Neither schema nor rules hold anything against an invoice, a bare warning included, nor against its credit."""
    invoice = INVOICES[name]

    for issued in (invoice, its_credit(invoice), its_credit(invoice, payment=None)):
        assert NOTHING == judge.found(ubl(e_invoice(issued)))


@pytest.mark.golden
@pytest.mark.req(164, 310)
def test_g17_stands_in_the_document() -> None:
    """G17: three lines of 10.005 at 19 per cent come to 30.03, 5.71 and 35.74, as the receiver reads them."""
    read = ET.fromstring(ubl(e_invoice(INVOICES["G17"])))  # noqa: S314 - our own bytes
    texts = [(each.tag.partition("}")[2], each.text) for each in read.iter() if each.get("currencyID")]

    assert [
        ("TaxAmount", "5.71"),
        ("TaxableAmount", "30.03"),
        ("TaxAmount", "5.71"),
        ("LineExtensionAmount", "30.03"),
        ("TaxExclusiveAmount", "30.03"),
        ("TaxInclusiveAmount", "35.74"),
        ("PayableAmount", "35.74"),
        *[("LineExtensionAmount", "10.01"), ("PriceAmount", "10.005")] * 3,
    ] == texts


def test_the_judges_refuse_what_is_wrong(judge: Judge) -> None:
    """A cent too much, a missing name and an element out of order are found, so that silence means something."""
    good = ubl(e_invoice(INVOICES["G17"])).decode()
    cent = good.replace(">30.03</cbc:LineExtensionAmount>", ">30.04</cbc:LineExtensionAmount>")
    nameless = good.replace("Northwind SAS", " ")
    fine = good.replace(">35.74</cbc:PayableAmount>", ">35.740</cbc:PayableAmount>")
    line = "  <cbc:IssueDate>2026-07-31</cbc:IssueDate>\n"
    late = good.replace(line, "").replace("</Invoice>", f"{line}</Invoice>")

    assert {"BR-CO-10 fatal", "BR-CO-13 fatal"} <= set(judge.found(cent.encode())["rules"])
    assert ["BR-07 fatal"] == judge.found(nameless.encode())["rules"]
    assert {"BR-DEC-18 fatal", "UBL-DT-01 fatal"} == set(judge.found(fine.encode())["rules"])
    assert [] != judge.found(late.encode())["schema"]


def test_our_lists_of_codes_are_within_theirs(judge: Judge) -> None:
    """No code that we let pass is one that the rules refuse."""
    theirs = [set(codes) for codes in judge.ask({"lists": True})]
    ours = [codes.COUNTRIES, codes.CURRENCIES, codes.ADDRESS_SCHEMES, codes.REGISTERS, codes.EXEMPTIONS]

    assert [True] * 6 == [any(each <= other for other in theirs) for each in [*ours, set(codes.UNITS.values())]]


TREATMENTS = [[(S, "19"), (S, "7"), (S, "8.875"), (Z, "0"), (E, "0")], [(AE, "0")], [(G, "0")], [(K, "0")], [(O, "0")]]


@st.composite
def issued_documents(draw: st.DrawFn) -> IssuedDocument:
    """Any document that ties: an invoice, or by the sign of its total a credit note."""
    treatment = draw(st.sampled_from(TREATMENTS))
    lines = [draw(document_lines(str(number), treatment)) for number in range(draw(st.integers(1, 6)))]
    currency = draw(st.sampled_from(["EUR", "GBP", "JPY"]))
    document = computed(
        lines,
        currency,
        mode=draw(st.sampled_from(list(Rounding))),
        prepaid=draw(st.sampled_from([Decimal(0), Decimal(100), Decimal(-7)])),
        rounding_amount=draw(st.sampled_from([Decimal(0), Decimal(1), Decimal(-1)])),
        exchange=books("0.0061", currency) if currency != "EUR" and draw(st.booleans()) else None,
    )
    invoice = an_invoice(lines, document=document)
    if document.gross >= 0:
        return invoice
    return replace(its_credit(invoice), kind=DocumentKind.CREDIT_NOTE, document=document)


@st.composite
def document_lines(draw: st.DrawFn, line_id: str, treatment: list[tuple[TaxCategory, str]]) -> DocumentLine:
    category, percent = draw(st.sampled_from(treatment))
    return a_line(
        line_id,
        draw(st.decimals(-100, 100, places=4)),
        draw(st.decimals(-10, 1000, places=6)),
        category=category,
        percent=percent,
        allowance=draw(st.decimals(-10, 10, places=2)),
    )


@pytest.mark.properties
@pytest.mark.req(164)
@given(issued=issued_documents())
@settings(max_examples=50, deadline=None)
def test_whatever_ties_passes(issued: IssuedDocument, judge: Judge) -> None:
    """Any document whose arithmetic ties becomes an electronic invoice that schema and rules pass (TAX-4)."""
    assert [] == untied(issued.document)
    assert NOTHING == judge.found(ubl(e_invoice(issued)))


DAMAGE: dict[str, list[Any]] = {
    "number": ["", " \n", "2026/<17>&"],
    "due_on": [None],
    "terms": ["", "  "],
    "preceding": [None, PrecedingInvoice(number=""), PrecedingInvoice(number="X")],
    "payment": [None, PaymentInstructions(means=PaymentMeans.CREDIT_TRANSFER), replace(PAYMENT, account="DE00")],
    "period": [None, InvoicingPeriod(starts_on=dt.date(2026, 7, 2), ends_on=dt.date(2026, 7, 1))],
    "delivery": [None, Delivery(), Delivery(country="ZZ"), Delivery(country="FR")],
    "exemptions": [[], [Exemption(category=E)], [Exemption(category=S, text="x")], [Exemption(category=E, code="X")]],
}
PARTY_DAMAGE: dict[str, list[Any]] = {
    "name": ["", "\t", "<b>&amp;]]>"],
    "address": [Address(country=None), Address(country="ZZ"), Address(country="XI")],
    "vat_id": [None, "", "811234567", "EL123456789"],
    "tax_number": [None, " "],
    "registration": [None, Registration(number=""), Registration(number="1", scheme="9999"), Registration(number="1")],
    "electronic_address": [None, ElectronicAddress(scheme="X", value="1"), ElectronicAddress(scheme="EM", value=" ")],
    "contact": [None, ContactPoint()],
}


@st.composite
def damaged(draw: st.DrawFn, of: dict[str, list[Any]]) -> dict[str, Any]:
    """Other values for a few fields."""
    names = draw(st.lists(st.sampled_from(sorted(of)), max_size=2, unique=True))
    return {name: draw(st.sampled_from(of[name])) for name in names}


@pytest.mark.properties
@pytest.mark.req(164)
@given(
    issued=issued_documents(),
    head=damaged(DAMAGE),
    seller=damaged(PARTY_DAMAGE),
    buyer=damaged(PARTY_DAMAGE),
)
@settings(max_examples=70, deadline=None)
def test_what_we_let_through_passes(
    issued: IssuedDocument, head: dict[str, Any], seller: dict[str, Any], buyer: dict[str, Any], judge: Judge
) -> None:
    """Whatever is missing or wrong, either we refuse the document ourselves or nobody else has cause to."""
    changed = replace(issued, seller=replace(issued.seller, **seller), buyer=replace(issued.buyer, **buyer), **head)

    if faults_of(changed):
        with pytest.raises(Problem):
            e_invoice(changed)
    else:
        assert NOTHING == judge.found(ubl(e_invoice(changed)))


@pytest.mark.req(168)
async def test_what_billing_hands_out_passes(judge: Judge) -> None:
    """An invoice that was posted, and the credit note that takes it back, as the process writes them."""
    async with office(issuers={"SG-DE": ISSUER}) as desk:
        await billed(desk)
        await desk.correct()
        written = [(await desk.service.electronic(invoice_id=each)).xml for each in ("inv-1", "cor-1")]
    assert [NOTHING, NOTHING] == [judge.found(xml.encode()) for xml in written]
