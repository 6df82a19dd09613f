"""Docusign as the role of signatures: our keys and hashes in custom fields, states from lists, proof from documents."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from msgspec.structs import replace

from contracts.canonical.capability import Capabilities
from contracts.canonical.signing import (
    Envelope,
    EnvelopeChanges,
    EnvelopeState,
    SigningEvidence,
    SigningRequest,
    Voiding,
)
from contracts.problem import FieldError, Kind, Problem
from kit.clock import Clock
from system_apis.docusign import feed, mapping, wire
from system_apis.docusign.client import PDF, DocusignClient
from system_apis.docusign.config import Config
from system_apis.docusign.keyed import Keyed
from system_apis.docusign.problems import WRONG_STATE

_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,99}")
_MOST_CHANGES: Final = 500
_MOST_BYTES: Final = 6_500_000
_ENDS: Final = frozenset({EnvelopeState.COMPLETED, EnvelopeState.DECLINED})


class DocusignSignatures:
    """One account behind the role."""

    def __init__(self, client: DocusignClient, *, config: Config, capabilities: Capabilities, clock: Clock) -> None:
        self._client = client
        self._config = config
        self._capabilities = capabilities
        self._clock = clock
        self._keyed = Keyed(client, key_field=config.key_field)

    async def capabilities(self) -> Capabilities:
        """What this connection can and cannot do."""
        return self._capabilities

    async def send_envelope(self, *, envelope_id: str, body: SigningRequest) -> Envelope:
        """Send documents to their signers, once.

        Raises:
            Problem: invalid, for a key or a request that the vendor does not take; conflict, when something else
                stands under the key; unknown_outcome, when nobody can say yet, and then asking again settles it.

        """
        if _KEY.fullmatch(envelope_id) is None:
            raise _invalid("envelope_id", "key_unfit", "1 to 100 letters, digits and . _ : @ / + -")
        wanted = mapping.content_hash(body)
        async with self._keyed.turn(envelope_id):
            found = await self._keyed.find(envelope_id)
            if found is not None and found.status == "created" and self._hash(found) != wanted:
                await self._keyed.discard(envelope_id)  # nobody has seen it
                found = None
            if found is None:
                found = await self._keyed.prepare(envelope_id, self._definition(envelope_id, body))
            if self._hash(found) != wanted:
                raise Problem(
                    Kind.CONFLICT,
                    "envelope_differs",
                    "an envelope with another content was sent under this key",
                    hint="send another wish under another key, and void this envelope if it is not wanted any more",
                )
            if found.status == "created":
                found = await self._keyed.dispatch(envelope_id, found)
        return self._standing(found)

    async def envelope(self, *, envelope_id: str) -> Envelope:
        """Find an envelope by our key.

        Raises:
            Problem: not_found, when there is none; conflict, when two were sent.

        """
        return self._standing(await self._read(envelope_id))

    async def void_envelope(self, *, envelope_id: str, body: Voiding) -> Envelope:
        """Take an envelope back; one that is voided already stays as it is.

        Raises:
            Problem: not_found, when there is none; conflict, when it is completed or declined.

        """
        async with self._keyed.turn(envelope_id):
            found = await self._read(envelope_id)
            state = mapping.state_of(found)
            if state is EnvelopeState.DRAFT:
                await self._keyed.discard(envelope_id)
                return replace(self._standing(found), state=EnvelopeState.VOIDED, void_reason=body.reason)
            if state is EnvelopeState.VOIDED:
                return self._standing(found)
            if state not in _ENDS:
                found = await self._voided(found, reason=body.reason)
                state = mapping.state_of(found)
        if state is not EnvelopeState.VOIDED:
            raise Problem(Kind.CONFLICT, "envelope_ended", f"the envelope is {state.value} and cannot be voided")
        return self._standing(found)

    async def evidence(self, *, envelope_id: str) -> SigningEvidence:
        """The signed documents and the certificate of a completed envelope.

        Raises:
            Problem: not_found, when there is none; conflict, until it is completed; rate_limited, when the vendor
                has handed these documents out too often.

        """
        standing = self._standing(await self._read(envelope_id))
        if standing.state is not EnvelopeState.COMPLETED:
            raise Problem(Kind.CONFLICT, "envelope_not_completed", f"the envelope is {standing.state.value}")
        signed = await self._client.document(standing.external_id, "combined")
        certificate = await self._client.document(standing.external_id, "certificate")
        if len(signed) + len(certificate) > _MOST_BYTES:
            raise Problem(Kind.TOO_LARGE, "evidence_too_large", f"{len(signed) + len(certificate)} bytes")
        return mapping.evidence(standing, signed=signed, certificate=certificate, media_type=PDF)

    async def envelope_changes(self, *, cursor: str = "", limit: int = 100) -> EnvelopeChanges:
        """Envelopes of ours whose state changed since the cursor.

        Raises:
            Problem: invalid, for a cursor that is none of ours or a limit out of range.

        """
        if not 0 < limit <= _MOST_CHANGES:
            raise _invalid("limit", "limit_invalid", f"1 to {_MOST_CHANGES}")
        here = feed.decoded(cursor)
        oldest = dt.datetime.combine(self._config.keys_since, dt.time(), tzinfo=dt.UTC)
        read = await self._client.changed(max(here.since, oldest), count=limit + feed.MOST_MET)
        seen = [feed.met(mapping.changed_at(one), envelope_id=one.envelope_id, status=one.status) for one in read]
        settled = self._clock.now() - dt.timedelta(seconds=self._config.feed_overlap_s)
        told, there = feed.taken(here, seen, ours=[self._ours(one) for one in read], limit=limit, settled=settled)
        return EnvelopeChanges(envelopes=[self._standing(read[place]) for place in told], cursor=feed.encoded(there))

    async def _read(self, key: str) -> wire.Envelope:
        found = await self._keyed.find(key) if _KEY.fullmatch(key) else None
        if found is None:
            raise Problem(Kind.NOT_FOUND, "envelope_not_found", "no envelope bears this key")
        return found

    async def _voided(self, envelope: wire.Envelope, *, reason: str) -> wire.Envelope:
        try:
            await self._client.void(envelope.envelope_id, reason=reason)
        except Problem as problem:
            if problem.code != WRONG_STATE:  # else it was signed, refused or voided meanwhile
                raise
        return await self._keyed.reread(envelope.envelope_id)

    def _definition(self, key: str, body: SigningRequest) -> dict[str, object]:
        names = {"key_field": self._config.key_field, "hash_field": self._config.hash_field}
        return mapping.definition(body, key=key, **names)

    def _standing(self, envelope: wire.Envelope) -> Envelope:
        return mapping.standing(envelope, key_field=self._config.key_field, hash_field=self._config.hash_field)

    def _hash(self, envelope: wire.Envelope) -> str:
        return mapping.key_of(envelope, key_field=self._config.hash_field)

    def _ours(self, envelope: wire.Envelope) -> bool:
        return envelope.status != "deleted" and bool(mapping.key_of(envelope, key_field=self._config.key_field))


def _invalid(field: str, code: str, detail: str) -> Problem:
    return Problem(Kind.INVALID, code, detail, errors=(FieldError(pointer=field, code=code, detail=detail),))
