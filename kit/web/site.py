"""A group of pages of one room: its templates, its way around, its handlers; answers every failure with a page.

A handler takes a `Visit` and gives a response. A `Problem` it raises becomes a page that says what was refused; what it
does not expect is logged whole and told without its inside.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from jinja2 import Environment
from litestar import HttpMethod, Request, Response, Router
from litestar.handlers import HTTPRouteHandler

from contracts.problem import Kind, Problem
from kit.clock import Clock
from kit.telemetry import trace_id
from kit.web.assets import Asset, folder_of
from kit.web.environment import environment
from kit.web.visit import Visit

_LOG: Final = logging.getLogger("sluice.web")
Handler = Callable[[Visit], Awaitable[Response[Any]]]


class Route(NamedTuple):
    """One address: `path` names parts in braces, as contracts do."""

    method: str
    path: str
    handler: Handler


class Link(NamedTuple):
    """One entry of the way around: a path below the prefix and what it is called."""

    path: str
    name: str
    key: str = ""
    """The letter that leads there after `g`, where a keyboard is used."""
    roles: frozenset[str] = frozenset()
    """Offered to whoever holds one of these; to everybody where none is named. The page itself refuses besides."""

    def open_to(self, roles: frozenset[str]) -> bool:
        """Whether it is offered to somebody with these roles."""
        return not self.roles or not self.roles.isdisjoint(roles)


@dataclass(frozen=True, kw_only=True)
class Site:
    """A group of pages.

    `folder` holds `templates` and perhaps `static`; `mounted` is its path in the tier, "/control_tower/pages";
    `search` is the path of its search page, empty for none; `sentences` are what pages may be told after a redirect,
    by name, so that no address can put words into a page.
    """

    title: str
    folder: Path
    mounted: str
    clock: Clock
    links: tuple[Link, ...]
    search: str = ""
    sentences: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    environment: Environment = field(init=False)
    own: Mapping[str, Asset] = field(init=False)

    def __post_init__(self) -> None:
        """Read templates and files once."""
        made = environment(self.folder / "templates", values=self.values)
        object.__setattr__(self, "environment", made)
        object.__setattr__(self, "own", folder_of(self.folder / "static"))

    def router(self, routes: Sequence[Route]) -> Router:
        """Every address of these pages; an unknown one is answered with a page too."""
        handlers = [_handler(self, route) for route in routes]
        handlers += [_handler(self, Route("GET", "/static/{name}", self._file))] if self.own else []
        handlers += [_handler(self, Route(method, "/{rest:path}", _nothing)) for method in ("GET", "POST")]
        return Router("/", route_handlers=handlers)

    async def _file(self, visit: Visit) -> Response[bytes]:
        asset = self.own.get(visit.path["name"])
        if asset is None:
            raise Problem(Kind.NOT_FOUND, "page_unknown", "there is no such file")
        packs = "gzip" in visit.request.headers.get("accept-encoding", "")
        body, headers = asset.answer(accepts_gzip=packs, asked=visit.query.get("v", ""))
        return Response(body, media_type=asset.media, headers=headers)


def _handler(site: Site, route: Route) -> HTTPRouteHandler:
    async def answer(request: Request[Any, Any, Any]) -> Response[Any]:
        visit = Visit(request, site=site)
        try:
            return await route.handler(visit)
        except Problem as problem:
            return visit.refusal(problem)
        except Exception:  # noqa: BLE001 - whatever it is, a person gets a page and the log gets the whole of it
            _LOG.error("unexpected failure at %s", request.url.path, exc_info=True)
            return visit.refusal(_unexpected())

    answer.__name__ = f"{route.method.lower()}_page"
    path = route.path
    if ":" not in path:
        path = path.replace("}", ":str}")
    # The response carries its own status.
    method = HttpMethod(route.method)
    return HTTPRouteHandler(path, http_method=method, status_code=200, include_in_schema=False)(answer)


def _unexpected() -> Problem:
    return Problem(
        Kind.UNEXPECTED,
        "unexpected",
        "something failed on our side",
        hint="quote the trace id to operations",
        trace_id=trace_id(),
    )


async def _nothing(visit: Visit) -> Response[Any]:
    raise Problem(Kind.NOT_FOUND, "page_unknown", f"there is no page at {visit.here}", hint="begin at the first page")
