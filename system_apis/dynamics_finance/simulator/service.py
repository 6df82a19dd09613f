"""What is below `/data`: a read, a write or a batch, by a user who has a company."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from system_apis.dynamics_finance.simulator import batch, books, reading, rules, writing
from system_apis.dynamics_finance.simulator.batch import Given, Part
from system_apis.dynamics_finance.simulator.refusal import Refusal
from system_apis.dynamics_finance.simulator.state import Environment

ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
DATA: Final = "/data/"


class Data:
    """Answers one user's requests; `company` is the user's own, `root` the address as callers see it."""

    def __init__(self, environment: Environment, *, company: str, root: str, mark: str) -> None:
        self._environment = environment
        self._company = company
        self._root = root
        self._mark = mark

    def several(self, media: str, content: bytes) -> tuple[str, bytes]:
        """A batch."""
        most = self._environment.settings.changeset_most
        return batch.answer(media, content, mark=self._mark, serve=self.serve, together=self._together, most=most)

    def serve(self, part: Part) -> Given:
        """One request; what it changes is saved whole or not at all."""
        try:
            with self._environment.unit_of_work():
                given = self._served(part)
                if part.method != "GET":
                    rules.check_sums(self._environment)
                return given
        except Refusal as refusal:
            return refused(refusal)

    def _together(self, parts: list[Part]) -> list[Given]:
        try:
            with self._environment.unit_of_work():
                given = [self._served(part) for part in parts]
                rules.check_sums(self._environment)
                return given
        except Refusal as refusal:
            return [refused(refusal)]

    def _served(self, part: Part) -> Given:
        parts = urlsplit(part.target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        kind, key = reading.resolve(parts.path.partition(DATA)[2])
        crossing = query.get("cross-company", "false").lower() == "true"
        shown = None if crossing else self._company
        match = part.headers.get("if-match", "")
        if part.method == "POST" and key is None:
            row = writing.create(self._environment, kind, part.body, company=self._company)
            return self._told(201, reading.told(kind, row))
        if part.method == "GET" and key is None:
            body = reading.many(self._environment, kind, query, company=shown, root=self._root)
            return Given(200, ENCODER.encode(body), {})
        if key is None:
            raise Refusal(405, "", message=f"The requested resource does not support http method '{part.method}'.")
        if part.method == "GET":
            found = reading.one(self._environment, kind, key, company=shown)
            return self._told(200, reading.told(kind, found, query.get("$select", "")))
        if part.method == "PATCH":
            row = writing.change(self._environment, kind, key, part.body, company=shown, match=match)
            return Given(204, b"", {"ETag": reading.etag(row)})
        if part.method == "DELETE":
            writing.remove(self._environment, kind, key, company=shown, match=match)
            return Given(204, b"", {})
        raise Refusal(405, "", message=f"The requested resource does not support http method '{part.method}'.")

    def _told(self, status: int, body: dict[str, Any]) -> Given:
        return Given(status, ENCODER.encode(body), {"ETag": body["@odata.etag"]})


def refused(refusal: Refusal) -> Given:
    """The answer that says no; a token that is none is answered without a body."""
    body = b"" if refusal.status == 401 else ENCODER.encode(refusal.body())
    return Given(refusal.status, body, refusal.headers)


def at_screen(environment: Environment, what: str, body: dict[str, Any]) -> dict[str, Any]:
    """What people do at the environment's own screens: money comes in, milestones are invoiced by a proposal."""
    with environment.unit_of_work():
        if what == "payments":
            amount = Decimal(body["amount"]) if "amount" in body else None
            named = {"InvoiceNumber": body["invoice"]} if "invoice" in body else {"SluiceDocumentId": body["document"]}
            found = environment.where(books.TRANSACTIONS, **named)
            return {"Voucher": books.settle(environment, found, amount)["Voucher"]}
        if what == "invoice-proposals":
            lines = environment.where("ProjectContractLines", SluiceScheduleId=body["schedule"])
            return {"Invoices": [books.invoice_line(environment, line) for line in lines]}
    raise Refusal(404, "", message=f"no screen {what}")
