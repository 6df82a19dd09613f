"""Envelopes and their signers as the account keeps them; what happens to one, and what it may not become."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from kit.sandbox import Sandbox

from .errors import Refusal, no_envelope, unfit

ENDED: Final = frozenset({"completed", "declined", "voided", "deleted"})
OPEN: Final = frozenset({"sent", "delivered"})
Told = Callable[[str, "Envelope", "Signer | None"], None]


@dataclass(slots=True)
class Document:
    """A document as it was sent."""

    id: str
    name: str
    extension: str
    content: bytes


@dataclass(slots=True)
class Signer:
    """A recipient who signs; `times` bears the names of the wire."""

    id: str
    guid: str
    name: str
    email: str
    order: int
    status: str = "created"
    times: dict[str, dt.datetime] = field(default_factory=dict)
    reason: str = ""


@dataclass(slots=True)
class Envelope:
    """An envelope; `times` bears the names of the wire."""

    id: str
    subject: str
    blurb: str
    documents: list[Document]
    signers: list[Signer]
    fields: list[dict[str, str]]
    created: dt.datetime
    changed: dt.datetime
    modified: dt.datetime
    transaction_id: str = ""
    expire_days: int = 120
    expires: bool = True
    status: str = "created"
    times: dict[str, dt.datetime] = field(default_factory=dict)
    void_reason: str = ""

    @property
    def ends(self) -> dt.datetime | None:
        """When it expires, if it was sent and does."""
        sent = self.times.get("sentDateTime")
        return sent + dt.timedelta(days=self.expire_days) if sent and self.expires else None


class Store:
    """All envelopes of one account. `tell` hears of each event, in the words of Connect."""

    def __init__(self, sandbox: Sandbox, *, tell: Told) -> None:
        self._sandbox = sandbox
        self._tell = tell
        self.envelopes: dict[str, Envelope] = {}

    def new_id(self) -> str:
        """A GUID by chance."""
        return str(uuid.UUID(int=self._sandbox.random.getrandbits(128), version=4))

    def now(self) -> dt.datetime:
        """The account's time."""
        return self._sandbox.now()

    def find(self, envelope_id: str) -> Envelope:
        """An envelope by its id; raises the vendor's 404."""
        found = self.envelopes.get(envelope_id.lower())
        if found is None:
            raise no_envelope()
        return found

    def add(self, envelope: Envelope) -> None:
        """Keep a new draft."""
        self.envelopes[envelope.id] = envelope
        self._tell("envelope-created", envelope, None)

    def send(self, envelope: Envelope) -> None:
        """Ask those whose turn is first; raises the vendor's refusal for what was sent already or is incomplete."""
        if envelope.status != "created":
            message = f"Invalid envelope status. Envelope status: {envelope.status} is not one of: Created."
            raise Refusal(400, "ENVELOPE_INVALID_STATUS", message)
        if not envelope.documents or not envelope.signers or not envelope.subject:
            raise Refusal(
                400,
                "ENVELOPE_IS_INCOMPLETE",
                "The Envelope is not Complete. It requires documents, recipients and a subject line.",
            )
        self._become(envelope, "sent")
        self._ask_next(envelope)

    def void(self, envelope: Envelope, *, reason: str) -> None:
        """Take it back; raises the vendor's refusal for a draft and for what has ended."""
        if envelope.status not in OPEN:
            message = "Only envelopes in the 'Sent' or 'Delivered' states may be voided."
            raise Refusal(400, "ENVELOPE_CANNOT_VOID_INVALID_STATE", message)
        if not reason.strip():
            raise unfit("A voidedReason is required.")
        envelope.void_reason = reason
        self._become(envelope, "voided")

    def throw_away(self, envelope: Envelope) -> None:
        """Into the recycle bin; what is under way is voided by that."""
        if envelope.status in OPEN:
            self.void(envelope, reason="Envelope was deleted.")
        elif envelope.status == "created":
            self._become(envelope, "deleted")

    def open(self, envelope: Envelope, signer: Signer) -> None:
        """A signer looks at the documents."""
        if signer.status == "sent":
            self._signer_becomes(envelope, signer, "delivered")
            waiting = [each for each in envelope.signers if each.status in {"created", "sent"}]
            if envelope.status == "sent" and not waiting:
                self._become(envelope, "delivered")

    def sign(self, envelope: Envelope, signer: Signer) -> None:
        """A signer signs; the last one completes the envelope."""
        self.open(envelope, signer)
        self._signer_becomes(envelope, signer, "completed")
        if all(each.status == "completed" for each in envelope.signers):
            self._become(envelope, "completed")
        else:
            self._ask_next(envelope)

    def decline(self, envelope: Envelope, signer: Signer, *, reason: str) -> None:
        """A signer refuses, and that ends it."""
        signer.reason = reason
        self._signer_becomes(envelope, signer, "declined")
        self._become(envelope, "declined")

    def bounce(self, envelope: Envelope, signer: Signer) -> None:
        """The mail to a signer comes back."""
        self._signer_becomes(envelope, signer, "autoresponded")

    def expire(self) -> None:
        """Void what has passed its expiry."""
        for envelope in list(self.envelopes.values()):
            ends = envelope.ends
            if envelope.status in OPEN and ends is not None and ends <= self.now():
                self.void(envelope, reason="Envelope has expired.")

    def dump(self) -> dict[str, Any]:
        """Every envelope, for a test to look at."""
        rows = [
            {
                "envelopeId": one.id,
                "status": one.status,
                "fields": one.fields,
                "signers": [s.status for s in one.signers],
            }
            for one in self.envelopes.values()
        ]
        return {"envelopes": rows}

    def _ask_next(self, envelope: Envelope) -> None:
        """Those of the lowest turn who have not signed yet are asked, once all before them have."""
        open_orders = [each.order for each in envelope.signers if each.status != "completed"]
        for signer in envelope.signers:
            if signer.order == min(open_orders) and signer.status == "created":
                self._signer_becomes(envelope, signer, "sent")

    def _become(self, envelope: Envelope, status: str) -> None:
        now = self.now()
        envelope.status, envelope.changed, envelope.modified = status, now, now
        envelope.times[f"{status}DateTime"] = now
        self._tell(f"envelope-{status}", envelope, None)

    def _signer_becomes(self, envelope: Envelope, signer: Signer, status: str) -> None:
        now = self.now()
        signer.status, envelope.modified = status, now
        if status != "autoresponded":
            signer.times["signedDateTime" if status == "completed" else f"{status}DateTime"] = now
        self._tell(f"recipient-{status}", envelope, signer)
