"""The page on which one signs in, the way back from the provider and to where one came from, signing out everywhere."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from contracts.problem import Kind, Problem
from gateway.portal.returning import HOME, returned
from gateway.portal.shell import Shell, free
from gateway.portal.signin import ATTEMPT, ATTEMPT_S, Entrance
from kit.caller import Caller
from kit.door.page import same_origin

AnyRequest = Request[Any, Any, Any]


class SignPages:
    """Coming and going."""

    def __init__(self, shell: Shell, *, entrance: Entrance, prefixes: Callable[[], Collection[str]]) -> None:
        self._shell = shell
        self._entrance = entrance
        self._prefixes = prefixes

    def router(self) -> Router:
        """The routes."""
        handlers = [
            get("/portal/signin", sync_to_thread=False)(free(self.shown)),
            post("/portal/signin", status_code=303)(free(self.entered)),
            post("/portal/signin/again", status_code=200)(free(self.kept)),
            get("/portal/signin/done", sync_to_thread=False)(free(self.done)),
            get("/portal/signin/provider")(free(self.sent)),
            get("/portal/signin/callback")(free(self.returned)),
            post("/portal/signout", status_code=303)(free(self.left)),
        ]
        return Router("/", route_handlers=handlers)

    def shown(self, request: AnyRequest) -> Response[str]:
        """The ways to sign in."""
        return self._page(request, told="", status=200, wanted=self._wanted(request))

    def done(self, request: AnyRequest) -> Response[str]:
        """Signed in beside a page that waits in another tab."""
        return self._shell.page(request, "done.html")

    async def kept(self, request: AnyRequest) -> Response[str]:
        """A form whose session had ended, with all that was typed; it goes on as soon as its sender is signed in.

        The fields stand on the page alone: nothing of them is kept here, and only a page of ours may bring them.
        """
        wanted = self._wanted(request)
        if not same_origin(_fields(request)) or not wanted:
            raise Problem(Kind.FORBIDDEN, "portal.form", "this form did not come from a page of ours")
        sent = await request.form()
        fields = [(name, str(value)) for name, value in sent.multi_items()]
        return self._shell.page(request, "again.html", wanted=wanted, fields=fields)

    async def entered(self, request: AnyRequest) -> Response[Any]:
        """By a token, or by name in development."""
        sent = await request.form()
        wanted = returned(str(sent.get("next", "")), self._prefixes())
        try:
            person = str(sent.get("person", ""))
            token = str(sent.get("token", ""))
            caller = await (self._entrance.by_name(person) if person else self._entrance.by_token(token))
        except Problem as problem:
            return self._page(request, told=problem.detail, status=problem.status, wanted=wanted)
        return self._welcome(request, caller, wanted=wanted)

    async def sent(self, request: AnyRequest) -> Response[Any]:
        """To the provider."""
        address, kept = await self._entrance.begin(wanted=self._wanted(request))
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
            return self._page(request, told="The identity provider did not let you in.", status=401, wanted="")
        caller, wanted = await self._entrance.finish(
            kept=request.cookies.get(ATTEMPT, ""),
            state=str(given.get("state", "")),
            code=str(given.get("code", "")),
            issuer=str(given.get("iss", "")),
        )
        return self._welcome(request, caller, wanted=returned(wanted, self._prefixes()))

    async def left(self, request: AnyRequest) -> Response[Any]:
        """Signed out, in this browser and wherever a copy of the cookie may be."""
        sessions = self._shell.sessions
        if same_origin(_fields(request)):
            session = sessions.needed(request)
        else:
            session, _ = await sessions.form(request)
        cookie = await self._shell.sessions.end(session)
        return Redirect("/portal", status_code=303, cookies=[cookie])

    def _wanted(self, request: AnyRequest) -> str:
        return returned(str(request.query_params.get("next", "")), self._prefixes())

    def _welcome(self, request: AnyRequest, caller: Caller, *, wanted: str) -> Response[Any]:
        cookie = self._shell.sessions.begin(caller, secure=request.url.scheme == "https")
        return Redirect(wanted or HOME, status_code=303, cookies=[cookie], headers={"cache-control": "no-store"})

    def _page(self, request: AnyRequest, *, told: str, status: int, wanted: str) -> Response[str]:
        settings = self._entrance.settings
        people = settings.people if settings.development_issuer else ()
        provider = settings.sign_in is not None
        return self._shell.page(
            request, "signin.html", status=status, told=told, people=people, provider=provider, wanted=wanted
        )


def _fields(request: AnyRequest) -> dict[bytes, bytes]:
    return {name.encode(): value.encode("latin-1") for name, value in request.headers.items()}
