"""One account: its envelopes, and which method of which path does what to them."""

import datetime as dt
import re
from typing import Any, Final

from kit.sandbox import Sandbox

from . import definition
from .connect import Connect
from .errors import Lost, Refusal, unfit
from .limits import Limits
from .listing import TRANSACTION_LIFE, Listing
from .papers import paper
from .shaping import recipients, shown
from .state import Envelope, Store

Result = tuple[int, Any]

_ENVELOPE: Final = re.compile(r"/envelopes/([^/]+)(/.*)?")
_PAPER: Final = re.compile(r"/documents/([^/]+)")


class Account:
    """Answers what stands below `/restapi/v2.1/accounts/{accountId}`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.connect = Connect(sandbox)
        self.store = Store(sandbox, tell=self.connect.note)
        self.limits = Limits(sandbox)
        self.site = ""
        self._listing = Listing(sandbox, self.store)

    @property
    def id(self) -> str:
        """The account's GUID."""
        return self.connect.account.get("account_id", "")

    def clear(self) -> None:
        """An account without envelopes and allowances that are full."""
        self.store.envelopes.clear()
        self.connect.clear()
        self.limits.clear()
        self.site, self._listing.index_lag_s, self._listing.transaction_life = "", 0.0, TRANSACTION_LIFE

    def seed(self, document: dict[str, Any]) -> None:
        """Load limits, Connect, the site, how far a search lags behind, and how long transaction ids live."""
        self.limits.seed(document)
        self.connect.seed(document)
        self.connect.account = document.get("account", self.connect.account)
        self.site = str(document.get("site", self.site))
        self._listing.index_lag_s = float(document.get("index_lag_s", self._listing.index_lag_s))
        if "transaction_life_s" in document:
            self._listing.transaction_life = dt.timedelta(seconds=float(document["transaction_life_s"]))

    def answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> Result:
        """Answer one call of the API; raises the vendor's refusal."""
        if path == "/envelopes" and method == "GET":
            return 200, self._listing.answer(query, path=path)
        if path == "/envelopes" and method == "POST":
            return self._create(body)
        if path == "/folders/recyclebin" and method == "PUT":
            return self._throw_away(body)
        found = _ENVELOPE.fullmatch(path)
        if found is None:
            raise Lost
        envelope = self.store.find(found[1])
        self.limits.count_envelope(envelope.id, resource=found[2] or "/", reads=method == "GET")
        if method == "PUT" and not found[2]:
            return self._change(envelope, body)
        if method == "GET":
            return 200, _read(envelope, found[2] or "", query)
        raise Refusal(405, "HTTP_METHOD_NOT_SUPPORTED", "The requested HTTP method is not supported for this resource.")

    def _create(self, body: dict[str, Any]) -> Result:
        """A draft, or a draft that is sent at once; a transaction id that was used before hinders nothing."""
        status = body.get("status", "created")
        if status not in {"created", "sent"}:
            raise unfit("The status of a new envelope is 'created' or 'sent'.")
        envelope = definition.read(body, now=self.store.now(), new_id=self.store.new_id)
        if status == "sent" and not (envelope.documents and envelope.signers and envelope.subject):
            raise Refusal(400, "ENVELOPE_IS_INCOMPLETE", "The Envelope is not Complete.")
        self.store.add(envelope)
        if status == "sent":
            self.store.send(envelope)
        told = shown(envelope, include=())
        return 201, {
            "envelopeId": envelope.id,
            "uri": told["envelopeUri"],
            "status": envelope.status,
            "statusDateTime": told["statusChangedDateTime"],
        }

    def _change(self, envelope: Envelope, body: dict[str, Any]) -> Result:
        status = body.get("status")
        if status == "sent":
            self.store.send(envelope)
        elif status == "voided":
            self.store.void(envelope, reason=str(body.get("voidedReason") or ""))
        else:
            raise unfit("The status of an envelope is changed to 'sent' or 'voided'.")
        return 200, {"envelopeId": envelope.id}

    def _throw_away(self, body: dict[str, Any]) -> Result:
        for envelope_id in body.get("envelopeIds") or ():
            self.store.throw_away(self.store.find(str(envelope_id)))
        return 200, {"folders": []}


def _read(envelope: Envelope, path: str, query: dict[str, str]) -> Any:
    if not path:
        return shown(envelope, include=query.get("include", "").split(","))
    if path == "/recipients":
        return recipients(envelope)
    if path == "/custom_fields":
        return {"textCustomFields": envelope.fields, "listCustomFields": []}
    if path == "/documents":
        told = [{"documentId": one.id, "name": one.name, "type": "content"} for one in envelope.documents]
        return {"envelopeId": envelope.id, "envelopeDocuments": told}
    wanted = _PAPER.fullmatch(path)
    if wanted is None:
        raise Lost
    return paper(envelope, wanted[1], certificate=query.get("certificate", "true") == "true")
