"""The account over HTTP: amounts as JSON numbers, codes in disguise, and one write that may not be repeated blindly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final, TypeVar

import msgspec

from contracts.problem import Kind, Problem
from kit.http import VendorClient
from system_apis.avalara.codes import in_path
from system_apis.avalara.problems import GONE
from system_apis.avalara.wire import SALE, Companies, Nexus, NexusPage, Resolution, Transaction

T = TypeVar("T")

_LINES: Final = {"$include": "Lines,Details"}
_JSON: Final = {"Content-Type": "application/json"}
_NUMBERS: Final = msgspec.json.Encoder(decimal_format="number")
_PAGE: Final = 200
_MOST_PAGES: Final = 50


class AvataxClient:
    """Speaks version 2 of AvaTax's REST API to one account."""

    def __init__(self, http: VendorClient) -> None:
        self._http = http

    async def estimate(self, model: dict[str, Any]) -> Transaction:
        """What a document would be taxed; nothing is kept, so that it may be repeated."""
        return await self._post("/transactions/create", model, repeatable=True)

    async def create_or_adjust(self, model: dict[str, Any], *, because: str) -> Transaction:
        """Record a document, or replace the one that stands under its code.

        Raises:
            Problem: unknown_outcome, when it may or may not stand now: look it up, then ask again.

        """
        body = {"adjustmentReason": "Other", "adjustmentDescription": because, "createTransactionModel": model}
        return await self._post("/transactions/createoradjust", body)

    async def refund(self, company: str, code: str, model: dict[str, Any]) -> Transaction:
        """Record a refund of a sale.

        Raises:
            Problem: unknown_outcome, as above.

        """
        return await self._post(f"{_at(company, code)}/refund", model, more={"documentType": SALE})

    async def commit(self, company: str, code: str, kind: str) -> Transaction:
        """Commit a document; what is committed already is told as such, so that it may be repeated."""
        path = f"{_at(company, code)}/commit"
        return await self._post(path, {"commit": True}, more={"documentType": kind}, repeatable=True)

    async def void(self, company: str, code: str, kind: str) -> Transaction:
        """Void a document; what is voided already is told as such, so that it may be repeated."""
        path = f"{_at(company, code)}/void"
        return await self._post(path, {"code": "DocVoided"}, more={"documentType": kind}, repeatable=True)

    async def find(self, company: str, code: str, kind: str) -> Transaction | None:
        """The document that stands under a code now; None when there is none."""
        params = {**_LINES, "documentType": kind}
        try:
            response = await self._http.send("GET", f"/api/v2{_at(company, code)}", params=params)
        except Problem as problem:
            if problem.code != GONE:
                raise
            return None
        return _decoded(response.content, Transaction)

    async def resolve(self, address: dict[str, str]) -> Resolution:
        """Locate an address; nothing is kept, so that it may be repeated."""
        response = await self._http.send("POST", "/api/v2/addresses/resolve", json=address, repeatable=True)
        return _decoded(response.content, Resolution)

    async def company_id(self, code: str) -> int | None:
        """The vendor's number of a company; None when there is none of this code."""
        params = {"$filter": f"companyCode eq '{code.replace(chr(39), chr(39) * 2)}'", "$top": "2"}
        response = await self._http.send("GET", "/api/v2/companies", params=params)
        found = _decoded(response.content, Companies).value
        return next((each.id for each in found if each.company_code == code), None)

    async def nexus(self, company_id: int) -> AsyncIterator[Nexus]:
        """Every registration of a company, page by page.

        Raises:
            Problem: unexpected, when the pages do not end.

        """
        read = 0
        for _ in range(_MOST_PAGES):
            params = {"$top": str(_PAGE), "$skip": str(read), "$orderby": "id ASC"}
            response = await self._http.send("GET", f"/api/v2/companies/{company_id}/nexus", params=params)
            page = _decoded(response.content, NexusPage)
            for each in page.value:
                yield each
            read += len(page.value)  # the vendor may cut pages shorter than was asked
            if not page.value or (page.next_link is None and len(page.value) < _PAGE):
                return
        raise Problem(Kind.UNEXPECTED, "vendor_page_loop", "the pages do not end")

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()

    async def _post(
        self, path: str, body: dict[str, Any], *, more: dict[str, str] | None = None, repeatable: bool = False
    ) -> Transaction:
        response = await self._http.send(
            "POST",
            f"/api/v2{path}",
            params={**_LINES, **(more or {})},
            content=_NUMBERS.encode(body),
            headers=_JSON,
            repeatable=repeatable,
        )
        try:
            return _decoded(response.content, Transaction)
        except Problem as problem:
            if repeatable:
                raise
            told = "the answer to a write cannot be read"
            raise Problem(Kind.UNKNOWN_OUTCOME, "vendor_outcome_unknown", told, context=problem.context) from None


def _at(company: str, code: str) -> str:
    return f"/companies/{in_path(company)}/transactions/{in_path(code)}"


def _decoded(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as fault:
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", f"{kind.__name__}: {fault}") from None
    except msgspec.DecodeError:
        raise Problem(Kind.UNAVAILABLE, "vendor_garbled", "the vendor's answer is not JSON") from None
