"""The elements of a UBL document: blank texts leave no element, and what XML cannot carry is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from contracts.canonical.money import Currency, exponent
from contracts.canonical.trade.einvoicing.arithmetic import decimals
from contracts.canonical.trade.einvoicing.texts import unwritable

_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd"
_DECIMALS: Final = 2


def root(name: str) -> Element:
    """The element of a whole document, with the three namespaces that all others are written in."""
    return Element(
        name,
        {
            "xmlns": f"{_UBL}:{name}-2",
            "xmlns:cac": f"{_UBL}:CommonAggregateComponents-2",
            "xmlns:cbc": f"{_UBL}:CommonBasicComponents-2",
        },
    )


def group(parent: Element, name: str) -> Element:
    """Begin an element that holds others."""
    return SubElement(parent, f"cac:{name}")


def text(parent: Element, name: str, value: object, **attributes: str | None) -> None:
    """Write one value; a blank one leaves no element, and an attribute without value is left out.

    Raises:
        ValueError: a character has no place in XML.

    """
    written = "" if value is None else str(value)
    if not written.strip():
        return
    given = {each: told for each, told in attributes.items() if told is not None}
    for said in (written, *given.values()):
        found = unwritable(said)
        if found is not None:
            raise ValueError(f"{found} cannot stand in XML, and is in {name}")
    SubElement(parent, f"cbc:{name}", given).text = written


def amount(parent: Element, name: str, value: Decimal, currency: Currency) -> None:
    """Write an amount with the decimals of its currency, two at most; more only where the amount itself has them."""
    places = max(min(_DECIMALS, exponent(currency)), decimals(value))
    text(parent, name, f"{value or Decimal(0):.{places}f}", currencyID=currency)


def number(value: Decimal) -> str:
    """A quantity, price or rate in plain digits, without zeros that say nothing."""
    return f"{value or Decimal(0):.{decimals(value)}f}"


def written(document: Element) -> bytes:
    """The document in UTF-8, one element a line."""
    indent(document)
    return bytes(tostring(document, encoding="UTF-8", xml_declaration=True)) + b"\n"


def drop_empty(parent: Element, child: Element) -> None:
    """Take back an element that in the end holds nothing."""
    if len(child) == 0:
        parent.remove(child)
