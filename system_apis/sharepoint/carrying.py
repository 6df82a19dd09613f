"""Content on its way: pieces of an upload, taken up again where it broke, and downloads; without our token."""

from __future__ import annotations

import re
from typing import Final, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct

from contracts.problem import Kind, Problem, Retry
from kit.http import VendorClient
from system_apis.sharepoint.problems import DUPLICATE, RECORD_GONE
from system_apis.sharepoint.wire import Item, UploadSession

T = TypeVar("T", bound=Struct)

UPLOAD_LOST: Final = "vendor_upload_lost"
_MOST_BREAKS: Final = 5
_RANGE: Final = re.compile(r"(\d+)-(\d*)")


class Carrier:
    """Carries content to and from the addresses that the vendor gives for it, and to no other host."""

    def __init__(self, http: VendorClient, *, content_url: str, piece_bytes: int) -> None:
        self._http = http
        self._origin = urlsplit(content_url)[:2]
        self._piece = piece_bytes

    async def fetch(self, address: str) -> bytes:
        """The content behind an address.

        Raises:
            Problem: unavailable, when the address has ended; a new one is had for the asking.

        """
        return (await self._http.send("GET", self._below(address))).content

    async def upload(self, session: UploadSession, content: bytes) -> Item:
        """Send content piece by piece; after a break the vendor is asked what it has, and the rest is sent.

        Raises:
            Problem: already_exists, when something of that name came to lie there meanwhile; unavailable with the
                code `vendor_upload_lost`, when the session is gone: the file may stand, if the last answer was lost.

        """
        address, sent, breaks = self._below(session.upload_url), 0, 0
        while True:
            try:
                answer = await self._send_piece(address, content, start=sent)
                if answer.status_code in {httpx.codes.OK, httpx.codes.CREATED}:
                    return _decoded(answer, Item)
                told = _decoded(answer, UploadSession)
            except Problem as problem:
                breaks += 1
                if problem.code == DUPLICATE or (problem.retry is Retry.NEVER and problem.kind is not Kind.CONFLICT):
                    raise _lost(problem) from None
                if breaks > _MOST_BREAKS:
                    raise
                told = await self._standing(address)
            sent = _next(told, len(content))

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()

    async def _send_piece(self, address: str, content: bytes, *, start: int) -> httpx.Response:
        end = min(start + self._piece, len(content))
        headers = {
            "Content-Range": f"bytes {start}-{end - 1}/{len(content)}",
            "Content-Type": "application/octet-stream",
        }
        return await self._http.send("PUT", address, content=content[start:end], headers=headers)

    async def _standing(self, address: str) -> UploadSession:
        try:
            return _decoded(await self._http.send("GET", address), UploadSession)
        except Problem as problem:
            raise _lost(problem) from None

    def _below(self, address: str) -> str:
        """The part of an address below the tenant's own host; content is carried nowhere else.

        Raises:
            Problem: unexpected, when the address is another host's.

        """
        try:
            parts = urlsplit(address)
        except ValueError:
            raise _foreign("nowhere") from None
        if parts[:2] != self._origin:
            raise _foreign(f"{parts.scheme}://{parts.hostname}")
        return f"{parts.path}?{parts.query}"


def _foreign(where: str) -> Problem:
    detail = f"content_url is not where the vendor sends us: {where}"
    return Problem(Kind.UNEXPECTED, "vendor_address_foreign", detail)


def _lost(problem: Problem) -> Problem:
    if problem.code != RECORD_GONE:
        return problem
    return Problem(Kind.UNAVAILABLE, UPLOAD_LOST, "the upload's session is gone", retry=Retry.LATER)


def _next(told: UploadSession, size: int) -> int:
    """Where the first missing piece begins.

    Raises:
        Problem: unavailable, when the vendor misses nothing and yet gives no file.

    """
    found = _RANGE.fullmatch(told.next_expected_ranges[0]) if told.next_expected_ranges else None
    if found is None or int(found.group(1)) >= size:
        raise Problem(Kind.UNAVAILABLE, UPLOAD_LOST, "the upload does not come to an end", retry=Retry.LATER)
    return int(found.group(1))


def _decoded(answer: httpx.Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.DecodeError:
        raise Problem(Kind.UNAVAILABLE, "vendor_garbled", f"{kind.__name__}: the answer cannot be read") from None
