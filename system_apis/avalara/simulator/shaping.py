"""A document with its amounts, as it is kept and as it is told; it always ties."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .computing import ZERO, Sale, computed, unit
from .models import Model

Document = dict[str, Any]


def document_of(model: Model, *, nexus: Sequence[dict[str, Any]]) -> Document:
    """Compute a document; what it charges goes before what is computed."""
    sale = Sale(
        nexus=nexus,
        day=model.tax_date,
        origin=model.origin,
        target=model.target,
        buyer=str(model.said.get("businessIdentificationNo") or ""),
        exempt=model.exempt,
        currency=model.currency,
    )
    lines = [_line(each, sale) for each in model.lines]
    if model.charged is not None:
        charge(lines, model.charged, unit(model.currency))
    document = {
        "id": 0,
        "code": model.code,
        "type": model.type,
        "status": "Temporary",
        "companyCode": model.company,
        "date": model.date.isoformat(),
        "taxDate": model.tax_date.isoformat(),
        "customerCode": model.customer,
        "currencyCode": model.currency,
        "referenceCode": model.said.get("referenceCode"),
        "purchaseOrderNo": model.said.get("purchaseOrderNo"),
        "exemptNo": model.said.get("exemptionNo") or "",
        "entityUseCode": model.said.get("entityUseCode") or "",
        "locked": False,
        "version": 1,
        "lines": lines,
        "messages": [],
    }
    return summed(document)


def summed(document: Document) -> Document:
    """A document with the totals of its lines."""
    lines = document["lines"]
    totals = {
        "totalAmount": "lineAmount",
        "totalTaxable": "taxableAmount",
        "totalExempt": "exemptAmount",
        "totalTax": "tax",
        "totalTaxCalculated": "taxCalculated",
    }
    sums = {name: sum((line[of] for line in lines), ZERO) for name, of in totals.items()}
    return {**document, **sums}


def charge(lines: list[dict[str, Any]], charged: Decimal, smallest: Decimal) -> None:
    """Share a stated tax over lines and their details by what was computed; the last part takes the rest."""
    _share(lines, charged, smallest, by="lineAmount")
    for line in lines:
        if line["details"]:
            _share(line["details"], line["tax"], smallest, by="rate")


def shown(document: Document, include: set[str]) -> Document:
    """A document as an answer tells it; lines and details come only to those who ask."""
    told = {name: value for name, value in document.items() if name != "lines"}
    told["summary"] = _summary(document["lines"])
    if include & {"lines", "details", "linesonly", "summary"}:
        bare = "details" not in include
        told["lines"] = [{**line, "details": [] if bare else line["details"]} for line in document["lines"]]
    return told


def untied(document: Document) -> list[str]:
    """What of a document does not tie; nothing, unless the engine itself is wrong."""
    lines = document["lines"]
    found = [name for name in ("totalTax", "totalAmount") if summed(document)[name] != document[name]]
    for line in lines:
        parts = sum((each["tax"] for each in line["details"]), ZERO)
        if line["details"] and parts != line["tax"]:
            found.append(f"line {line['lineNumber']}")
    return [f"{document['code']}: {each}" for each in found]


def _line(sent: dict[str, Any], sale: Sale) -> dict[str, Any]:
    taxed = computed(sent["amount"], str(sent.get("taxCode") or ""), sale)
    exempt = max((each["exemptAmount"] + each["nonTaxableAmount"] for each in taxed.details), key=abs, default=ZERO)
    return {
        "lineNumber": sent["number"],
        "lineAmount": sent["amount"],
        "quantity": sent["quantity"],
        "description": sent.get("description"),
        "taxCode": sent.get("taxCode") or "P0000000",
        "ref1": sent.get("ref1"),
        "ref2": sent.get("ref2"),
        "taxableAmount": max((each["taxableAmount"] for each in taxed.details), key=abs, default=ZERO),
        "exemptAmount": exempt if taxed.details else sent["amount"],
        "tax": taxed.total("tax"),
        "taxCalculated": taxed.total("taxCalculated"),
        "details": taxed.details,
    }


def _share(parts: list[dict[str, Any]], whole: Decimal, smallest: Decimal, *, by: str) -> None:
    weights = [abs(part["taxCalculated"]) for part in parts]
    weights = weights if any(weights) else [abs(part[by]) for part in parts]
    everything = sum(weights, ZERO)
    left = whole
    for part, weight in zip(parts[:-1], weights[:-1], strict=True):
        exact = whole * weight / everything if everything else ZERO
        part["tax"] = exact.quantize(smallest, ROUND_HALF_UP)
        left -= part["tax"]
    parts[-1]["tax"] = left


def _summary(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for detail in (each for line in lines for each in line["details"]):
        key = (detail["jurisType"], detail["jurisCode"], detail["taxName"])
        kept = found.setdefault(key, {**detail, "taxable": ZERO, "tax": ZERO, "taxCalculated": ZERO})
        kept["taxable"] += detail["taxableAmount"]
        kept["tax"] += detail["tax"]
        kept["taxCalculated"] += detail["taxCalculated"]
    return list(found.values())
