"""Who is signed in to the portal: a signed cookie of our own, no token of anybody in the browser; refuses forged forms.

The session names the caller and opens no operation. What is tried out is called with a token minted for it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie

from contracts.problem import Kind, Problem
from gateway.identity import COOKIE, Identity
from gateway.tokens import SESSION
from kit.caller import Caller

_PURPOSE: Final = b"portal form"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody signed in. `form` is what their forms carry, so that no other page can send them."""

    caller: Caller
    token_id: str
    until: float
    form: str


class Sessions:
    """Begins, reads and ends sessions."""

    def __init__(self, identity: Identity, *, lifetime_s: int) -> None:
        self._identity = identity
        self._lifetime_s = lifetime_s

    def begin(self, caller: Caller, *, secure: bool) -> Cookie:
        """A cookie for this caller."""
        issued = self._identity.issued
        token = issued.mint(caller, scopes=caller.scopes, lifetime_s=self._lifetime_s, kind=SESSION)
        return _cookie(token, lifetime_s=self._lifetime_s, secure=secure)

    def of(self, request: Request[Any, Any, Any]) -> Session | None:
        """Who is signed in, if anybody is."""
        found = self._identity.sitting(request.cookies.get(COOKIE, ""))
        if found is None:
            return None
        form = self._identity.issued.proof(_PURPOSE, found.token_id)
        return Session(caller=found.caller, token_id=found.token_id, until=found.until, form=form)

    async def end(self, session: Session) -> Cookie:
        """The session counts no longer, in whatever browser it is."""
        await self._identity.revoke(self._identity.issued.issuer, session.token_id, until=session.until)
        return _cookie("", lifetime_s=0, secure=False)

    def needed(self, request: Request[Any, Any, Any]) -> Session:
        """Who is signed in.

        Raises:
            Problem: unauthenticated.

        """
        session = self.of(request)
        if session is None:
            raise Problem(Kind.UNAUTHENTICATED, "portal.signed_out", "this page is for people who are signed in")
        return session

    async def form(self, request: Request[Any, Any, Any]) -> tuple[Session, dict[str, list[str]]]:
        """A form somebody signed in has sent from a page of ours.

        Raises:
            Problem: unauthenticated, or forbidden when the form is not ours.

        """
        session = self.needed(request)
        sent = await request.form()
        fields = {name: [str(value) for value in sent.getall(name)] for name in sent}
        if not hmac.compare_digest(session.form, fields.get("form", [""])[0]):
            raise Problem(Kind.FORBIDDEN, "portal.form", "this form did not come from a page of the portal")
        return session, fields


def challenge(verifier: str) -> str:
    """What of a PKCE verifier is shown beforehand (RFC 7636 S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _cookie(value: str, *, lifetime_s: int, secure: bool) -> Cookie:
    return Cookie(key=COOKIE, value=value, path="/", max_age=lifetime_s, httponly=True, secure=secure, samesite="lax")
