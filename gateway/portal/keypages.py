"""Keys for whoever is signed in: made, rotated, revoked; the text of a key is shown once and never again."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.params import FromPath

from contracts.problem import Kind, Problem
from gateway.identity import Identity
from gateway.keys import MOST_DAYS, Wish
from gateway.portal.session import Session
from gateway.portal.shell import Shell, free
from kit.door.apikey import Fresh

AnyRequest = Request[Any, Any, Any]


class KeyPages:
    """The page and its three forms."""

    def __init__(self, shell: Shell, *, identity: Identity) -> None:
        self._shell = shell
        self._identity = identity

    def router(self) -> Router:
        """The routes."""
        handlers = [
            get("/portal/keys")(free(self.shown)),
            post("/portal/keys", status_code=200)(free(self.made)),
            post("/portal/keys/{prefix:str}/rotation", status_code=200)(free(self.rotated)),
            post("/portal/keys/{prefix:str}/revocation", status_code=200)(free(self.revoked)),
        ]
        return Router("/", route_handlers=handlers)

    async def shown(self, request: AnyRequest) -> Response[str]:
        """One's own keys."""
        session = self._shell.sessions.of(request)
        return await self._page(request, session)

    async def made(self, request: AnyRequest) -> Response[str]:
        """A new key."""
        session, fields = await self._shell.sessions.form(request)
        wish = Wish(
            name=fields.get("name", [""])[0],
            scopes=tuple(fields.get("scope", [])),
            plan=fields.get("plan", [""])[0],
            days=_number(fields.get("days", ["0"])[0]),
        )
        fresh = await self._identity.keyring.make(session.caller, wish)
        return await self._page(request, session, fresh=fresh)

    async def rotated(self, request: AnyRequest, prefix: FromPath[str]) -> Response[str]:
        """A second key for the same client."""
        session, _ = await self._shell.sessions.form(request)
        overlap_s = self._identity.settings.overlap_s
        fresh = await self._identity.keyring.rotate(session.caller, prefix, overlap_s=overlap_s)
        return await self._page(request, session, fresh=fresh)

    async def revoked(self, request: AnyRequest, prefix: FromPath[str]) -> Response[str]:
        """The end of a key."""
        session, _ = await self._shell.sessions.form(request)
        await self._identity.keyring.revoke(session.caller, prefix)
        return await self._page(request, session, told=f"Key {prefix} is revoked.")

    async def _page(
        self, request: AnyRequest, session: Session | None, *, fresh: Fresh | None = None, told: str = ""
    ) -> Response[str]:
        keys = [] if session is None else await self._identity.keyring.mine(session.caller)
        return self._shell.page(
            request,
            "keys.html",
            keys=keys,
            fresh=fresh,
            told=told,
            now=self._identity.clock.now(),
            plans=self._identity.keyring.plans,
            overlap_h=round(self._identity.settings.overlap_s / 3600, 1),
            most_days=MOST_DAYS,
        )


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise Problem(Kind.INVALID, "portal.number", "days are a number")
    return int(text)
