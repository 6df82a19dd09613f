"""One request of a person to a page, and the ways to answer it; holds nothing beyond the request."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Protocol
from urllib.parse import quote, urlencode

import msgspec
from jinja2 import Environment
from litestar import Request, Response
from litestar.response import Stream

from contracts.problem import Problem
from kit.caller import Caller, current_caller
from kit.clock import Clock
from kit.web.form import Form, new_key
from kit.web.headers import HTML, SECURITY
from kit.web.locales import Local, local_of

AnyRequest = Request[Any, Any, Any]
_PREFIX: Final = "x-forwarded-prefix"
_OFFERED: Final = "x-sluice-offered"
_TOLD: Final = "told"
_PLAIN: Final = "/-._~!$&'()*+,;=:@"
"""What may stand in a path as it is (RFC 3986)."""


class Place(Protocol):
    """What a visit has to know of the pages it is to."""

    @property
    def title(self) -> str:
        """What they are called."""
        ...

    @property
    def mounted(self) -> str:
        """Their path in the tier."""
        ...

    @property
    def clock(self) -> Clock:
        """Time."""
        ...

    @property
    def environment(self) -> Environment:
        """Their templates."""
        ...

    @property
    def sentences(self) -> Mapping[str, str]:
        """What they may be told after a redirect, by name."""
        ...


class Visit:
    """What a handler of pages gets.

    `path` holds the named parts of the address, `query` what stands after the question mark (the last value of each
    name), `local` is how this reader writes figures, `at` makes addresses as the browser knows them: the tier itself
    does not know under which prefix it is shown.
    """

    def __init__(self, request: AnyRequest, *, site: Place) -> None:
        self.request = request
        self.site = site
        self.path: Mapping[str, str] = request.path_params
        self.query: Mapping[str, str] = dict(request.query_params.items())
        self.now: dt.datetime = site.clock.now()
        self.local: Local = local_of(request.headers.get("accept-language", ""))
        self._prefix = request.headers.get(_PREFIX, site.mounted)

    @property
    def caller(self) -> Caller:
        """Who looks.

        Raises:
            Problem: unauthenticated, when no token was verified.

        """
        return current_caller()

    @property
    def here(self) -> str:
        """The path of this page below the prefix, "/exceptions/x"; "/" for the first."""
        return self.request.url.path.removeprefix(self.site.mounted) or "/"

    @property
    def is_fragment(self) -> bool:
        """Whether a script asks for a piece of the page, to put it in place of an older one."""
        return self.request.headers.get("hx-request") == "true"

    def at(self, path: str, **query: object) -> str:
        """The address of one of these pages; what is None or empty is left out of the query."""
        given = {name: str(value) for name, value in query.items() if value is not None and value != ""}
        address = (self._prefix + quote(path, safe=_PLAIN)).rstrip("/") or "/"
        return f"{address}?{urlencode(given)}" if given else address

    async def form(self) -> Form:
        """What was sent."""
        sent = await self.request.form()
        lists = {name: tuple(str(value) for value in sent.getall(name)) for name in sent}
        return Form(values={name: values[-1] for name, values in lists.items()}, lists=lists)

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response[str]:
        """A page in the frame."""
        return self._rendered(template, status=status, values=values)

    def fragment(self, template: str, **values: Any) -> Response[str]:
        """A piece of a page, without the frame."""
        return self._rendered(template, status=200, values=values)

    def refusal(self, problem: Problem) -> Response[str]:
        """A page that says what was refused, why, and what to do."""
        return self._rendered("refusal.html", status=problem.status, values={"problem": problem})

    def see(self, path: str, *, told: str = "", **query: object) -> Response[bytes]:
        """Send the browser to another page after something was done; `told` is the name of a sentence of the site."""
        location = self.at(path, **query, **({_TOLD: told} if told else {}))
        return Response(b"", status_code=303, headers={**SECURITY, "location": location})

    def download(self, body: bytes, *, name: str, media: str = "text/csv") -> Response[bytes]:
        """A file to keep."""
        fields = {**SECURITY, "content-disposition": f'attachment; filename="{name}"'}
        return Response(body, media_type=media, headers=fields)

    def stream(self, events: AsyncIterator[bytes]) -> Stream:
        """Server-sent events, as they come."""
        return Stream(events, media_type="text/event-stream", headers={**SECURITY, "x-accel-buffering": "no"})

    def _rendered(self, template: str, *, status: int, values: Mapping[str, Any]) -> Response[str]:
        text = self.site.environment.get_template(template).render({**self._context(), **values})
        return Response(
            text, status_code=status, media_type=HTML, headers={**SECURITY, "vary": "hx-request, accept-language"}
        )

    def _context(self) -> dict[str, Any]:
        return {
            "visit": self,
            "at": self.at,
            "here": self.here,
            "now": self.now,
            "caller": self.caller,
            "local": self.local,
            "site": self.site,
            "offered": self._offered(),
            "told": self.site.sentences.get(self.query.get(_TOLD, ""), ""),
            "new_key": new_key,
        }

    def _offered(self) -> list[tuple[str, str]]:
        """Title and address of every group of pages this person may see, this one among them."""
        try:
            return msgspec.json.decode(self.request.headers.get(_OFFERED, ""), type=list[tuple[str, str]])
        except msgspec.DecodeError:
            return [(self.site.title, self._prefix)]
