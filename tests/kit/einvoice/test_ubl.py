"""The bytes of an electronic invoice: the same each time, hostile texts harmless, blank ones absent."""

import datetime as dt
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from contracts.canonical.einvoice import EInvoice
from contracts.canonical.trade.einvoicing import e_invoice
from kit.einvoice import ubl
from tests.issued import BUYER, a_line, an_invoice, its_credit

HOSTILE = """<script>alert("1")</script> & ]]> <!-- --> <?x?> &lt; '\u00e9\u4e2d\U0001f4b6"""
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
PLAIN = an_invoice([a_line("1", "8", "185", percent="19")])
ROOT = Path(__file__).parents[3]
AGAIN = (
    "import sys; from contracts.canonical.trade.einvoicing import e_invoice; from kit.einvoice import ubl;"
    "from tests.issued import a_line, an_invoice;"
    "sys.stdout.buffer.write(ubl(e_invoice(an_invoice([a_line('1', '8', '185', percent='19')]))))"
)


def read(invoice: EInvoice) -> ET.Element:
    return ET.fromstring(ubl(invoice))  # noqa: S314 - our own bytes


def texts(invoice: EInvoice, name: str) -> list[str | None]:
    return [each.text for each in read(invoice).iter(f"{CBC}{name}")]


def test_the_same_invoice_gives_the_same_bytes() -> None:
    """Byte for byte, in this process and in one whose hashes are seeded otherwise."""
    environment = os.environ | {"PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)}
    other = subprocess.run([sys.executable, "-c", AGAIN], cwd=ROOT, env=environment, check=True, capture_output=True)

    assert ubl(e_invoice(PLAIN)) == ubl(e_invoice(PLAIN)) == other.stdout


def test_hostile_text_comes_back_as_it_was() -> None:
    """Markup in a name is text to whoever reads the document, and makes no element."""
    items = [replace(PLAIN.items[0], name=HOSTILE)]
    hostile = replace(PLAIN, number=HOSTILE, note=HOSTILE, buyer=replace(BUYER, name=HOSTILE), items=items)
    made, plain = e_invoice(hostile), e_invoice(PLAIN)

    assert HOSTILE == texts(made, "Name")[-1]
    assert [HOSTILE] == texts(made, "Note")[:1]
    assert HOSTILE == texts(made, "RegistrationName")[1]
    assert [each.tag for each in read(plain).iter()] == [each.tag for each in read(made).iter()]


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\ud800", "\uffff"])
def test_a_control_character_is_not_written(sign: str) -> None:
    """The writer refuses by itself what XML cannot carry, wherever its invoice came from."""
    with pytest.raises(ValueError, match=f"U\\+{ord(sign):04X} cannot stand in XML, and is in Note"):
        ubl(replace(e_invoice(PLAIN), note=f"a{sign}b"))


def test_amounts_have_the_decimals_of_their_currency() -> None:
    """10.50 EUR, 12346 JPY and 10.50 KWD; prices and quantities keep every digit that says something."""
    euro = e_invoice(an_invoice([a_line("1", "0.5000", "21.000000", percent="19.0")]))
    yen = e_invoice(an_invoice([a_line("1", rate="12345.678", percent="10")], currency="JPY"))
    dinar = e_invoice(an_invoice([a_line("1", rate="10.5", percent="10")], currency="KWD"))
    large = e_invoice(an_invoice([a_line("1", "1E+3", "1E-7", percent="19")]))

    assert ["10.50", "12346", "10.50", "0.00"] == [
        texts(each, "TaxExclusiveAmount")[0] for each in (euro, yen, dinar, large)
    ]
    assert ["0.5", "21", "19"] == [texts(euro, name)[0] for name in ("InvoicedQuantity", "PriceAmount", "Percent")]
    assert ["1000", "0.0000001"] == [texts(large, name)[0] for name in ("InvoicedQuantity", "PriceAmount")]


def test_what_is_not_told_leaves_no_element() -> None:
    """No element is empty, whatever is left out."""
    bare = replace(PLAIN, payment=None, period=None, delivery=None, terms=" ", note="", purchase_order="")

    assert [] == [each.tag for each in read(e_invoice(bare)).iter() if not len(each) and not (each.text or "").strip()]
    assert [] == list(read(e_invoice(bare)).iter(f"{CAC}PaymentMeans"))


def test_a_credit_note_refers_to_its_invoice_and_tells_its_day() -> None:
    """It is a document of another name; its day stands among the means of payment, whether or not there are any."""
    for changed in ({}, {"payment": None}):
        made = e_invoice(its_credit(PLAIN, **changed))
        document = read(made)

        assert document.tag.endswith("CreditNote-2}CreditNote")
        assert ["381"] == texts(made, "CreditNoteTypeCode")
        assert ["2026-00017"] == [each.text for each in document.iterfind(f".//{CAC}InvoiceDocumentReference/{CBC}ID")]
        assert [str(dt.date(2026, 8, 30))] == texts(made, "PaymentDueDate")
        assert ["8"] == texts(made, "CreditedQuantity")


def test_tax_is_told_in_the_sellers_books_too() -> None:
    """An invoice in another currency has its tax a second time, in that of the seller (BT-6, BT-111)."""
    totals = replace(e_invoice(PLAIN).totals, tax_currency="GBP", tax_in_books=Decimal("240.12"))

    assert ["281.20", "281.20", "240.12"] == texts(replace(e_invoice(PLAIN), totals=totals), "TaxAmount")
