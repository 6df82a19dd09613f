"""What keeps a posted document from being an electronic invoice, and what becomes of the rest."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.actuals import Actual, ActualKind, Chargeability, Side, Source, TaxDecision
from contracts.canonical.documents import TaxCategory
from contracts.canonical.einvoice import (
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
from contracts.canonical.money import Money
from contracts.canonical.party import Address
from contracts.canonical.posting import DocumentKind
from contracts.canonical.trade.documents import computed
from contracts.canonical.trade.einvoicing import e_invoice, exemptions_of, faults_of, period_of
from contracts.problem import Kind, Problem
from tests.issued import BUYER, PAYMENT, SELLER, a_line, an_invoice, its_credit

S, Z, E, AE, K, G, O = TaxCategory  # noqa: E741 - the codes of EN 16931 are letters
PLAIN = an_invoice([a_line("1", "8", "185", percent="19")])
LINE = PLAIN.document.lines[0]
GROUP = PLAIN.document.groups[0]


def with_document(**changed: Any) -> IssuedDocument:
    return replace(PLAIN, document=replace(PLAIN.document, **changed))


def with_item(**changed: Any) -> IssuedDocument:
    return replace(PLAIN, items=[replace(PLAIN.items[0], **changed)])


def sold_by(issued: IssuedDocument = PLAIN, **changed: Any) -> IssuedDocument:
    return replace(issued, seller=replace(SELLER, **changed))


def bought_by(issued: IssuedDocument = PLAIN, **changed: Any) -> IssuedDocument:
    return replace(issued, buyer=replace(BUYER, **changed))


def paid(**changed: Any) -> IssuedDocument:
    return replace(PLAIN, payment=replace(PAYMENT, **changed))


def of(category: TaxCategory, **changed: Any) -> IssuedDocument:
    return an_invoice([a_line("1", category=category)], **changed)


FAULTS: list[tuple[str, str, IssuedDocument]] = [
    ("EINVOICE_NUMBER_MISSING", "/number", replace(PLAIN, number=" ")),
    ("EINVOICE_CHARACTER", "/note", replace(PLAIN, note="a\x00b")),
    ("EINVOICE_CHARACTER", "/items/0/name", with_item(name="bell\x07")),
    ("EINVOICE_CHARACTER", "/buyer/address/street", bought_by(address=Address(country="FR", street="\ud800"))),
    ("EINVOICE_CHARACTER", "/terms", replace(PLAIN, terms="\ufffe")),
    ("EINVOICE_DUE_MISSING", "/due_on", replace(PLAIN, due_on=None, terms="")),
    ("EINVOICE_PERIOD", "/period/ends_on", replace(PLAIN, period=InvoicingPeriod(
        starts_on=dt.date(2026, 7, 2), ends_on=dt.date(2026, 7, 1)
    ))),
    ("EINVOICE_PRECEDING_MISSING", "/preceding", replace(its_credit(PLAIN), preceding=None)),
    ("EINVOICE_PRECEDING_MISSING", "/preceding/number", replace(PLAIN, preceding=PrecedingInvoice(number=""))),
    ("EINVOICE_SIGN", "/kind", replace(its_credit(PLAIN), document=PLAIN.document)),
    ("EINVOICE_SIGN", "/kind", replace(its_credit(PLAIN), kind=DocumentKind.INVOICE)),
    ("EINVOICE_CODE", "/document/currency", with_document(currency="XYZ")),
    ("EINVOICE_CODE", "/delivery/country", replace(PLAIN, delivery=Delivery(country="ZZ"))),
    ("EINVOICE_IBAN", "/payment/account", paid(account="DE88370400440532013000")),
    ("EINVOICE_IBAN", "/payment/account", paid(means=PaymentMeans.CREDIT_TRANSFER, account="DE88370400440532013000")),
    ("EINVOICE_IBAN", "/payment/account", paid(account="4711")),
    ("EINVOICE_ACCOUNT_MISSING", "/payment/account", replace(PLAIN, payment=PaymentInstructions(
        means=PaymentMeans.CREDIT_TRANSFER
    ))),
    ("EINVOICE_ACCOUNT_MISSING", "/payment/account", paid(means=PaymentMeans.NOT_DEFINED, account="")),
    ("EINVOICE_NAME_MISSING", "/seller/name", sold_by(name="")),
    ("EINVOICE_COUNTRY_MISSING", "/buyer/address/country", bought_by(address=Address(country=None))),
    ("EINVOICE_CODE", "/buyer/address/country", bought_by(address=Address(country="ZZ"))),
    ("EINVOICE_VAT_ID", "/buyer/vat_id", bought_by(vat_id="40303265045")),
    ("EINVOICE_EMPTY", "/seller/tax_number", sold_by(tax_number="")),
    ("EINVOICE_NO_TERM", "/buyer/tax_number", bought_by(tax_number="22/815")),
    ("EINVOICE_EMPTY", "/buyer/registration/number", bought_by(registration=Registration(number=""))),
    ("EINVOICE_CODE", "/buyer/registration/scheme", bought_by(registration=Registration(number="1", scheme="9"))),
    ("EINVOICE_CODE", "/seller/electronic_address/scheme", sold_by(
        electronic_address=ElectronicAddress(scheme="X", value="1")
    )),
    ("EINVOICE_EMPTY", "/seller/electronic_address/value", sold_by(
        electronic_address=ElectronicAddress(scheme="EM", value="")
    )),
    ("EINVOICE_SELLER_UNKNOWN", "/seller", sold_by(vat_id=None, registration=None)),
    ("EINVOICE_SELLER_UNKNOWN", "/seller/registration", sold_by(of(O), registration=None)),
    ("EINVOICE_VAT_ID_MISSING", "/seller/vat_id", sold_by(vat_id=None, tax_number=None)),
    ("EINVOICE_VAT_ID_MISSING", "/seller/vat_id", sold_by(of(G), vat_id=None)),
    ("EINVOICE_VAT_ID_MISSING", "/buyer/vat_id", bought_by(of(AE), vat_id=None)),
    ("EINVOICE_DELIVERY_MISSING", "/delivery/country", of(K, delivery=None)),
    ("EINVOICE_DELIVERY_MISSING", "/delivery/delivered_on", of(K, period=None, delivery=Delivery(country="FR"))),
    ("EINVOICE_EXEMPTION_MISSING", "/exemptions", of(E, exemptions=[])),
    ("EINVOICE_EXEMPTION", "/exemptions/0", replace(PLAIN, exemptions=[Exemption(category=S, text="none")])),
    ("EINVOICE_EXEMPTION", "/exemptions/1", of(E, exemptions=[Exemption(category=E, text=text) for text in "ab"])),
    ("EINVOICE_CODE", "/exemptions/0/code", of(E, exemptions=[Exemption(category=E, code="VATEX-EU-0")])),
    ("EINVOICE_TAX_RATE", "/document/groups/0/percent", an_invoice([a_line("1")])),
    ("EINVOICE_TAX_RATE", "/document/groups/0/percent", an_invoice([a_line("1", category=AE, percent="19")])),
    ("EINVOICE_MIXED_SCOPE", "/document/groups", an_invoice([a_line("1", category=O), a_line("2", category=Z)])),
    ("EINVOICE_ITEM_MISSING", "/document/lines/0", replace(PLAIN, items=[])),
    ("EINVOICE_ITEM_MISSING", "/document/lines/0", replace(PLAIN, items=PLAIN.items * 2)),
    ("EINVOICE_ITEM_STRANGE", "/items/0/line_id", with_item(line_id="2")),
    ("EINVOICE_LINE_ID", "/document/lines/1/line/line_id", an_invoice([a_line("1", percent="19")] * 2)),
    ("EINVOICE_NAME_MISSING", "/items/0/name", with_item(name="")),
    ("EINVOICE_UNIT", "/items/0/unit", with_item(unit="fortnight")),
    ("EINVOICE_NO_LINES", "/document/lines", an_invoice([])),
    ("EINVOICE_LINE_NET", "/document/lines/0/net", with_document(lines=[replace(LINE, net=Decimal("1480.01"))])),
    ("EINVOICE_UNTIED", "/document", with_document(payable=Decimal(1))),
    ("EINVOICE_GROUP", "/document/groups/0", with_document(groups=[replace(GROUP, base=Decimal(1))])),
    ("EINVOICE_GROUP", "/document/groups", with_document(groups=[])),
    ("EINVOICE_NOT_A_NUMBER", "/document/payable", with_document(payable=Decimal("NaN"))),
    ("EINVOICE_NOT_A_NUMBER", "/document/groups/0/percent", with_document(
        groups=[replace(GROUP, percent=Decimal("Infinity"))]
    )),
]  # fmt: skip  # a table is read by columns


@pytest.mark.req(164)
@pytest.mark.parametrize(("code", "pointer", "issued"), FAULTS, ids=[f"{each[0]}{each[1]}" for each in FAULTS])
def test_each_fault_is_named_by_code_and_field(code: str, pointer: str, issued: IssuedDocument) -> None:
    """Whatever a receiver would refuse is refused before it is written, where it stands."""
    assert [] == faults_of(PLAIN)
    assert (code, pointer) in [(each.code, each.pointer) for each in faults_of(issued)]


@pytest.mark.req(164)
def test_every_fault_is_told_at_once() -> None:
    """One refusal names all that is to be mended, so that nobody mends in turns."""
    bad = replace(PLAIN, number="", buyer=replace(BUYER, name="", vat_id="?"), items=[])

    with pytest.raises(Problem) as refused:
        e_invoice(bad)

    assert (Kind.INVALID, "EINVOICE_REFUSED") == (refused.value.kind, refused.value.code)
    assert ["/number", "/buyer/name", "/buyer/vat_id", "/document/lines/0"] == [
        each.pointer for each in refused.value.errors
    ]


@pytest.mark.req(164)
def test_three_decimals_are_refused_and_zeros_are_none() -> None:
    """Our reading of BR-DEC: 10.500 dinars are 10.50; 10.501 cannot be told, and are not cut to fit."""
    fine = an_invoice([a_line("1", rate="10.501", percent="10")], currency="KWD")

    assert [] == faults_of(an_invoice([a_line("1", rate="10.5", percent="10")], currency="KWD"))
    assert {"EINVOICE_DECIMALS"} == {each.code for each in faults_of(fine)}
    assert "/document/lines/0/net" in [each.pointer for each in faults_of(fine)]


@pytest.mark.req(164)
def test_a_credit_note_has_positive_amounts() -> None:
    """What is given back is positive; what is billed again beside it is negative, and its discount a charge."""
    lines = [a_line("1", "-8", "185", percent="19"), a_line("2", "2", "185", percent="19", allowance="10")]
    issued = replace(its_credit(an_invoice(lines)), document=computed(lines, "EUR"))

    made = e_invoice(issued)

    assert [("8", "185", "1480.00"), ("-2", "185", "-360.00")] == [
        (str(line.quantity), str(line.price), str(line.net)) for line in made.lines
    ]
    assert Decimal(-10) == made.lines[1].allowance
    assert ("1120.00", "212.80", "1332.80") == (str(made.totals.net), str(made.totals.tax), str(made.totals.payable))


@pytest.mark.req(164)
def test_outside_the_scope_of_tax_vat_numbers_are_left_out() -> None:
    """BR-O-02: the document names neither VAT number nor rate, and says why by its code."""
    made = e_invoice(of(O))

    assert (None, None, None) == (made.seller.vat_id, made.buyer.vat_id, made.taxes[0].percent)
    assert "VATEX-EU-O" == made.taxes[0].reason_code


@pytest.mark.req(164)
def test_a_reason_is_the_one_given_or_that_of_the_category() -> None:
    """The text of the tax decision is kept; the code of a reverse charge follows from the category."""
    text = "Steuerschuldnerschaft des Leistungsempfängers"
    made = e_invoice(of(AE, exemptions=[Exemption(category=AE, text=text)]))

    assert (text, "VATEX-EU-AE") == (made.taxes[0].reason, made.taxes[0].reason_code)


@pytest.mark.req(164)
def test_lines_of_actuals_tell_reasons_and_days() -> None:
    """Each legal text stands once; a taxed line has none; the period spans the days of the work."""
    texts = [(AE, "Reverse charge"), (AE, "Reverse charge "), (AE, "Art. 196"), (S, "none"), (G, "")]
    lines = [worked(day, category, text) for day, (category, text) in enumerate(texts, start=1)]

    assert [Exemption(category=AE, text="Reverse charge; Art. 196")] == exemptions_of(lines)
    assert InvoicingPeriod(starts_on=dt.date(2026, 7, 1), ends_on=dt.date(2026, 7, 5)) == period_of(lines[::-1])
    assert period_of([]) is None


def worked(day: int, category: TaxCategory, text: str) -> Actual:
    return Actual(
        actual_id=f"a{day}",
        kind=ActualKind.HOURS,
        source=Source(system="psa", source_id=f"te-{day}"),
        revision=1,
        side=Side.BILLED_SALES,
        chargeability=Chargeability.CHARGEABLE,
        project_id="p",
        contract_line_id="cl",
        customer_id="c",
        legal_entity_id="NW-DE",
        work_date=dt.date(2026, 7, day),
        accounting_date=dt.date(2026, 7, 31),
        worked_period="2026-07",
        quantity=Decimal(8),
        unit_rate=Decimal(185),
        amount=Money(amount=Decimal(1480), currency="EUR"),
        tax=TaxDecision(category=category, percent=Decimal(0), tax_code="DE-0", legal_text=text),
    )
