"""What a client sends about a document, read as the vendor reads it: types by name, dates, amounts as decimals."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from .errors import Refusal, required, tax_error, wrong

ESTIMATES: Final = {"SalesOrder", "ReturnOrder", "PurchaseOrder"}
RECORDED: Final = {"SalesInvoice", "ReturnInvoice", "PurchaseInvoice"}
_TYPES: Final = ("SalesOrder", "SalesInvoice", "PurchaseOrder", "PurchaseInvoice", "ReturnOrder", "ReturnInvoice")
_LONGEST: Final = 50


@dataclass(frozen=True, slots=True)
class Model:
    """A transaction that is to be created."""

    code: str
    type: str
    company: str
    customer: str
    date: dt.date
    tax_date: dt.date
    currency: str
    origin: dict[str, Any]
    target: dict[str, Any]
    lines: list[dict[str, Any]]
    commit: bool
    charged: Decimal | None
    exempt: bool
    said: dict[str, Any]
    """Everything that was sent."""


def read(sent: Any, *, company: str) -> Model:
    """A CreateTransactionModel; `company` is the account's default. Raises the vendor's refusal."""
    if not isinstance(sent, dict) or not sent:
        raise Refusal(400, "ModelRequiredException", "An object is required.")
    kind = _type(sent.get("type"))
    if not sent.get("customerCode"):
        raise required("customerCode")
    origin, target = _addresses(sent.get("addresses"))
    date = day(sent.get("date"), "date")
    override = sent.get("taxOverride") or {}
    charged = _charged(override)
    return Model(
        code=text(sent, "code"),
        type=kind,
        company=str(sent.get("companyCode") or company),
        customer=text(sent, "customerCode"),
        date=date,
        tax_date=day(override["taxDate"], "taxOverride") if override.get("taxDate") else date,
        currency=str(sent.get("currencyCode") or "USD"),
        origin=origin,
        target=target,
        lines=_lines(sent.get("lines")),
        commit=sent.get("commit") is True,
        charged=charged,
        exempt=bool(sent.get("exemptionNo") or sent.get("entityUseCode")),
        said=sent,
    )


def day(given: Any, name: str) -> dt.date:
    """A date, of which a time is cut off."""
    try:
        return dt.date.fromisoformat(str(given)[:10])
    except ValueError:
        raise wrong(name, "DateFormatError") from None


def amount(given: Any, name: str) -> Decimal:
    """A number."""
    if isinstance(given, bool) or not isinstance(given, int | Decimal):
        raise wrong(name)
    return Decimal(given)


def text(sent: dict[str, Any], name: str) -> str:
    """A word of fifty characters at most; empty where there is none."""
    found = sent.get(name)
    if found is not None and (not isinstance(found, str) or len(found) > _LONGEST):
        raise wrong(name, "StringLengthError")
    return found or ""


def _type(given: Any) -> str:
    if given in {None, "", -1, "Any"}:
        return "SalesOrder"
    if isinstance(given, int) and 0 <= given < len(_TYPES):
        return _TYPES[given]
    if given not in _TYPES:
        raise wrong("type", "InvalidEnumValue")
    return str(given)


def _addresses(given: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    if not isinstance(given, dict) or not given:
        raise Refusal(400, "MissingAddress", "Addresses are required.", refers_to="addresses")
    known = {name.lower(): value for name, value in given.items() if isinstance(value, dict)}
    single = known.get("singlelocation")
    origin = single or known.get("shipfrom")
    target = known.get("goodsplaceorservicerendered") or single or known.get("shipto")
    if not origin or not target:
        text_ = "A tax transaction must have both an origin and a destination address."
        raise Refusal(400, "NotEnoughAddressesInfo", text_, refers_to="addresses")
    return origin, target


def _lines(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not given:
        raise Refusal(400, "MissingLine", "Lines are required.", refers_to="lines")
    lines, seen = [], set()
    for place, line in enumerate(given, start=1):
        if not isinstance(line, dict) or "amount" not in line:
            raise required("lines")
        number = text(line, "number") or str(place)
        if number in seen:
            raise tax_error("DuplicateLineNoError", "Duplicate line number.", refers_to="Lines")
        seen.add(number)
        whole = {"number": number, "amount": amount(line["amount"], "lines")}
        lines.append({**line, **whole, "quantity": amount(line.get("quantity", 1), "lines")})
    return lines


def _charged(override: dict[str, Any]) -> Decimal | None:
    kind = override.get("type", "None")
    if kind not in {"None", "TaxAmount", "TaxDate", "Exemption"}:
        raise wrong("taxOverride", "InvalidEnumValue")
    if kind == "None":
        return None
    if not override.get("reason"):
        raise tax_error("TaxOverrideError", "TaxOverride reason is required.", refers_to="TaxOverride")
    return amount(override.get("taxAmount"), "taxOverride") if kind == "TaxAmount" else None
