"""The role of signatures: send documents to signers under our key, follow them, take them back, fetch the proof."""

from __future__ import annotations

from typing import Protocol

from contracts.canonical.capability import Capabilities
from contracts.canonical.signing import Envelope, EnvelopeChanges, SigningEvidence, SigningRequest, Voiding
from contracts.port import get, put


class Signatures(Protocol):
    """System of record of who signed what and when."""

    @get("/capabilities", scope="signatures:read")
    async def capabilities(self) -> Capabilities:
        """What this connection can and cannot do."""
        ...

    @put("/envelopes/{envelope_id}", scope="signatures:write", problems=(409,))
    async def send_envelope(self, *, envelope_id: str, body: SigningRequest) -> Envelope:
        """Send documents to their signers, once: repeated, the envelope that stands is returned as it is.

        What stands under the key with another content is a conflict (`envelope_differs`); so is an envelope that
        stands there twice.
        """
        ...

    @get("/envelopes/{envelope_id}", scope="signatures:read", problems=(404, 409))
    async def envelope(self, *, envelope_id: str) -> Envelope:
        """Find an envelope by our key, with where it and each of its signers stands."""
        ...

    @put("/envelopes/{envelope_id}/voiding", scope="signatures:write", problems=(404, 409))
    async def void_envelope(self, *, envelope_id: str, body: Voiding) -> Envelope:
        """Take an envelope back; one that is voided already stays as it is, a completed or declined one is a conflict.

        A draft that was never sent is discarded with it: nobody was asked.
        """
        ...

    @get("/envelopes/{envelope_id}/evidence", scope="signatures:read", problems=(404, 409))
    async def evidence(self, *, envelope_id: str) -> SigningEvidence:
        """The signed documents and the certificate of a completed envelope; a conflict until it is completed."""
        ...

    @get("/envelope-changes", scope="signatures:read", problems=(422,))
    async def envelope_changes(self, *, cursor: str = "", limit: int = 100) -> EnvelopeChanges:
        """Envelopes of ours whose state changed since the cursor; an empty cursor starts at the oldest kept."""
        ...
