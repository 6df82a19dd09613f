"""The screen of those who sign: open, sign or refuse what was mailed to one's address. No part of the vendor's API.

`POST /signing/{envelopeId}` with `{"email", "act": "open" | "sign" | "decline" | "bounce", "reason"?}`. Who has the
mail may sign, so a person's session of this screen speaks for every address.
"""

import hmac
from typing import Any

from .errors import Refusal
from .state import OPEN, Envelope, Signer, Store


class Screen:
    """Where people act; `session` is what their browser holds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.session = ""

    def act(self, envelope_id: str, given: dict[str, Any], *, authorization: str) -> dict[str, Any]:
        """Do what a person wants; raises a refusal when it is not that person's turn."""
        if not self.session or not hmac.compare_digest(authorization.encode(), f"Bearer {self.session}".encode()):
            raise Refusal(401, "SESSION_ENDED", "Sign in to open this document.")
        envelope = self._store.find(envelope_id)
        signer = _theirs(envelope, str(given.get("email") or ""))
        act = given.get("act", "sign")
        if act == "open":
            self._store.open(envelope, signer)
        elif act == "sign":
            self._store.sign(envelope, signer)
        elif act == "decline":
            self._store.decline(envelope, signer, reason=str(given.get("reason") or ""))
        elif act == "bounce":
            self._store.bounce(envelope, signer)
        else:
            raise Refusal(400, "NO_SUCH_BUTTON", f"There is no button {act}.")
        return {"envelopeId": envelope.id, "status": envelope.status, "signer": signer.status}


def _theirs(envelope: Envelope, email: str) -> Signer:
    """The signer of an address whose turn it is."""
    turn = [each for each in envelope.signers if each.email.lower() == email.lower()]
    ready = [each for each in turn if each.status in {"sent", "delivered"}]
    if envelope.status not in OPEN or not ready:
        raise Refusal(403, "NOT_YOUR_TURN", "This document is not waiting for you.")
    return ready[0]
