"""Invoices: the list, one with its lines and why each costs what it costs, its electronic form, and disputing it."""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final

from litestar import Response

from contracts.problem import Problem
from contracts.process.client_billing import RaiseDispute
from experience_apis.portals.pages.figures import typed
from experience_apis.portals.pages.rights import rights
from experience_apis.portals.service import PortalsService
from kit.web import Form, Route, Visit
from kit.web.reading import at_least, limited

_ROWS: Final = 50
_REASON: Final = 500
_LINE: Final = 128
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


class InvoicePages:
    """The list and the document."""

    def __init__(self, service: PortalsService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("GET", "/invoices", self.list),
            Route("GET", "/invoices/{invoice_id}", self.shown),
            Route("GET", "/invoices/{invoice_id}/electronic", self.electronic),
            Route("POST", "/invoices/{invoice_id}/disputes", self.disputed),
        ]

    async def list(self, visit: Visit) -> Response[Any]:
        """Invoices and credit notes, the newest first; of one engagement where it is named."""
        project_id = visit.query.get("project", "")
        page = await self._service.invoices(project_id=project_id, cursor=visit.query.get("cursor", ""), limit=_ROWS)
        return visit.page("invoices.html", page=page, project_id=project_id)

    async def shown(self, visit: Visit) -> Response[Any]:
        """The document."""
        return await self._page(visit, Form())

    async def electronic(self, visit: Visit) -> Response[bytes]:
        """The electronic invoice by EN 16931, as a file under its legal number."""
        found = await self._service.electronic(invoice_id=visit.path["invoice_id"])
        name = _UNSAFE.sub("-", found.number).strip(".-") or "invoice"
        return visit.download(found.xml.encode(), name=f"{name}.xml", media="application/xml")

    async def disputed(self, visit: Visit) -> Response[Any]:
        """Disagree with the document or a line of it; a refused form comes back with all that was typed."""
        form = await visit.form()
        try:
            body = RaiseDispute(
                reason=at_least(form, "reason", 3, _REASON),
                amount=typed(visit, form, "amount"),
                line_id=limited(form, "line_id", _LINE),
            )
            made = await self._service.dispute(invoice_id=visit.path["invoice_id"], body=body, idempotency_key=form.key)
        except Problem as problem:
            return await self._page(visit, form.refused(problem), status=problem.status)
        return visit.see(f"/disputes/{made.dispute_id}", told="disputed")

    async def _page(self, visit: Visit, form: Form, *, status: int = 200) -> Response[Any]:
        invoice_id = visit.path["invoice_id"]
        bill, why, disputes = await asyncio.gather(
            self._service.invoice(invoice_id=invoice_id),
            self._service.explanation(invoice_id=invoice_id),
            self._service.disputes(invoice_id=invoice_id, limit=_ROWS),
        )
        return visit.page(
            "invoice.html",
            status=status,
            bill=bill,
            reasons={each.line_id: each.sentences for each in why.lines},
            whole=why.sentences,
            disputes=disputes.items,
            disputing="dispute" in rights(visit.caller),
            form=form,
        )
