"""What people do at the vendors' own screens that no process of ours knows of."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import httpx

_NETSUITE: Final = "/services/rest/record/v1"
_KANTATA: Final = "/api/v1"
_SALESFORCE: Final = "/services/data/v66.0"
_LINES: Final = "SELECT Id FROM OpportunityLineItem WHERE OpportunityId = '{}' ORDER BY Id LIMIT 1"


async def copied(erp: httpx.AsyncClient, document_id: str) -> None:
    """An invoice is made once more, as the screen's copy does: everything but its external id."""
    held = await _invoice(erp, document_id)
    facts = {name: {"id": held[name]["id"]} for name in ("entity", "job", "subsidiary", "currency")}
    body = {**facts, "tranDate": held["tranDate"], "item": {"items": _lines(held)}}
    _fine(await erp.post(f"{_NETSUITE}/invoice", json=body))


async def raised(erp: httpx.AsyncClient, document_id: str, *, by: str) -> None:
    """The first line of a posted invoice is raised, while its month is open."""
    held = await _invoice(erp, document_id)
    lines = _lines(held)
    lines[0]["amount"] = float(Decimal(str(lines[0]["amount"])) + Decimal(by))
    address = f"{_NETSUITE}/invoice/{held['id']}"
    _fine(await erp.patch(address, json={"item": {"items": lines}}, params={"replace": "item"}))


async def lost_its_key(erp: httpx.AsyncClient, document_id: str) -> None:
    """Somebody overwrites the external id of an invoice."""
    held = await _invoice(erp, document_id)
    _fine(await erp.patch(f"{_NETSUITE}/invoice/{held['id']}", json={"externalId": "overwritten"}))


async def unlinked(psa: httpx.AsyncClient, project_id: str) -> None:
    """An administrator removes our reference from a workspace."""
    wanted = {"service_model": "project", "service_model_ref": project_id}
    found = _fine(await psa.get(f"{_KANTATA}/external_references.json", params=wanted)).json()
    for reference in found["external_references"]:
        _fine(await psa.delete(f"{_KANTATA}/external_references/{reference}.json"))


async def enlarged(crm: httpx.AsyncClient, deal_id: str, *, to: str) -> None:
    """Sales changes what the first line of a closed deal comes to."""
    found = _fine(await crm.get(f"{_SALESFORCE}/query", params={"q": _LINES.format(deal_id)})).json()
    line = found["records"][0]["Id"]
    _fine(await crm.patch(f"{_SALESFORCE}/sobjects/OpportunityLineItem/{line}", json={"TotalPrice": float(to)}))


async def _invoice(erp: httpx.AsyncClient, document_id: str) -> dict[str, Any]:
    address = f"{_NETSUITE}/invoice/eid:{document_id}"
    held: dict[str, Any] = _fine(await erp.get(address, params={"expandSubResources": "true"})).json()
    return held


def _lines(held: dict[str, Any]) -> list[dict[str, Any]]:
    plain = ("quantity", "rate", "amount", "description", "custcol_sluice_line_id")
    return [
        {
            **{name: line[name] for name in plain if name in line},
            **{name: {"id": line[name]["id"]} for name in ("item", "taxCode") if name in line},
        }
        for line in held["item"]["items"]
    ]


def _fine(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        raise RuntimeError(f"{answer.request.method} {answer.request.url} was refused: {answer.text[:500]}")
    return answer
