"""The page on which one signs in, the way back from the provider, and signing out everywhere."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from contracts.problem import Problem
from gateway.portal.shell import Shell, free
from gateway.portal.signin import ATTEMPT, ATTEMPT_S, Entrance
from kit.caller import Caller

AnyRequest = Request[Any, Any, Any]


class SignPages:
    """Coming and going."""

    def __init__(self, shell: Shell, *, entrance: Entrance) -> None:
        self._shell = shell
        self._entrance = entrance

    def router(self) -> Router:
        """The routes."""
        handlers = [
            get("/portal/signin", sync_to_thread=False)(free(self.shown)),
            post("/portal/signin", status_code=303)(free(self.entered)),
            get("/portal/signin/provider")(free(self.sent)),
            get("/portal/signin/callback")(free(self.returned)),
            post("/portal/signout", status_code=303)(free(self.left)),
        ]
        return Router("/", route_handlers=handlers)

    def shown(self, request: AnyRequest) -> Response[str]:
        """The ways to sign in."""
        return self._page(request, told="", status=200)

    async def entered(self, request: AnyRequest) -> Response[Any]:
        """By a token, or by name in development."""
        sent = await request.form()
        try:
            person = str(sent.get("person", ""))
            token = str(sent.get("token", ""))
            caller = await (self._entrance.by_name(person) if person else self._entrance.by_token(token))
        except Problem as problem:
            return self._page(request, told=problem.detail, status=problem.status)
        return self._welcome(request, caller)

    async def sent(self, request: AnyRequest) -> Response[Any]:
        """To the provider."""
        address, kept = await self._entrance.begin()
        cookie = Cookie(
            key=ATTEMPT,
            value=kept,
            path="/portal/signin",
            max_age=ATTEMPT_S,
            httponly=True,
            secure=request.url.scheme == "https",
            samesite="lax",
        )
        return Redirect(address, status_code=303, cookies=[cookie], headers={"cache-control": "no-store"})

    async def returned(self, request: AnyRequest) -> Response[Any]:
        """From the provider."""
        given = request.query_params
        if "error" in given:
            return self._page(request, told="The identity provider did not let you in.", status=401)
        caller = await self._entrance.finish(
            kept=request.cookies.get(ATTEMPT, ""),
            state=str(given.get("state", "")),
            code=str(given.get("code", "")),
            issuer=str(given.get("iss", "")),
        )
        return self._welcome(request, caller)

    async def left(self, request: AnyRequest) -> Response[Any]:
        """Signed out, in this browser and wherever a copy of the cookie may be."""
        session, _ = await self._shell.sessions.form(request)
        cookie = await self._shell.sessions.end(session)
        return Redirect("/portal", status_code=303, cookies=[cookie])

    def _welcome(self, request: AnyRequest, caller: Caller) -> Response[Any]:
        cookie = self._shell.sessions.begin(caller, secure=request.url.scheme == "https")
        return Redirect("/portal/keys", status_code=303, cookies=[cookie], headers={"cache-control": "no-store"})

    def _page(self, request: AnyRequest, *, told: str, status: int) -> Response[str]:
        settings = self._entrance.settings
        people = settings.people if settings.development_issuer else ()
        return self._shell.page(
            request, "signin.html", status=status, told=told, people=people, provider=settings.sign_in is not None
        )
