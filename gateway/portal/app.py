"""The portal as an application: pages for people, documents for tools; refuses in the form its reader understands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
from litestar import Litestar, Request, Response, Router, get, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from contracts.problem import MEDIA_TYPE, Kind, Problem
from gateway.chain import Door
from gateway.identity import Identity
from gateway.oauth import Endpoint
from gateway.portal import catalogue
from gateway.portal.changes import Changes
from gateway.portal.keypages import KeyPages
from gateway.portal.returning import pages_of
from gateway.portal.session import Sessions
from gateway.portal.shell import Shell, free, problem_of
from gateway.portal.signin import Entrance
from gateway.portal.signpages import SignPages
from gateway.portal.trying import Trying
from gateway.portal_settings import PortalSettings
from kit.door.meter import Usage
from kit.web.assets import assets
from kit.web.environment import environment

_HERE: Final = Path(__file__).parent
_MOST_BYTES: Final = 65_536

AnyRequest = Request[Any, Any, Any]


class Portal:
    """Catalogue, reference, usage, changes; keys and signing in have files of their own."""

    def __init__(
        self,
        *,
        shell: Shell,
        door: Callable[[], Door],
        usage: Callable[[], list[Usage]],
        trying: Trying | None,
        plans: tuple[str, ...],
    ) -> None:
        self._shell = shell
        self._door = door
        self._usage = usage
        self._trying = trying
        self._plans = plans
        self._changes = Changes()
        self._changes.look(door().snapshot)

    def router(self) -> Router:
        """The pages anybody may read, and the try-out for those signed in."""
        get_page = [
            get("/portal", sync_to_thread=False)(free(self.offered)),
            get("/portal/operations/{name:str}", sync_to_thread=False)(free(self.operation)),
            get("/portal/reference/{product:str}", sync_to_thread=False)(free(self.reference)),
            get("/portal/openapi/{audience:str}/{version:str}", sync_to_thread=False)(free(self.document)),
            get("/portal/usage", sync_to_thread=False)(free(self.usage)),
            get("/portal/changes", sync_to_thread=False)(free(self.changes)),
        ]
        return Router("/", route_handlers=[*get_page, post("/portal/operations/{name:str}/try")(free(self.tried))])

    def offered(self, request: AnyRequest) -> Response[str]:
        """Everything that is offered."""
        found = self._entries()
        wanted = str(request.query_params.get("q", "")).strip().lower()
        if wanted:
            found = [each for each in found if wanted in f"{each.name} {each.path} {each.summary}".lower()]
        snapshot = self._door().snapshot
        named = catalogue.audiences(snapshot)
        versions = {name: (catalogue.for_audience(snapshot, name) or {})["info"]["version"] for name in named}
        return self._shell.page(
            request,
            "catalogue.html",
            entries=found,
            products=snapshot.products,
            audiences=named,
            versions=versions,
            wanted=wanted,
        )

    def operation(self, request: AnyRequest, name: FromPath[str]) -> Response[str]:
        """One operation, and the form to try it."""
        return self._operation(request, self._entry(name), tried=None, fields={})

    async def tried(self, request: AnyRequest, name: FromPath[str]) -> Response[str]:
        """Try it."""
        session, fields = await self._shell.sessions.form(request)
        entry = self._entry(name)
        if self._trying is None:
            raise Problem(Kind.NOT_FOUND, "portal.no_sandbox", "no sandbox is configured")
        tried = await self._trying.run(entry, fields, session.caller)
        return self._operation(request, entry, tried=tried, fields={key: sent[0] for key, sent in fields.items()})

    def reference(self, request: AnyRequest, product: FromPath[str]) -> Response[str]:
        """Every operation and structure of a product."""
        snapshot = self._door().snapshot
        found = next((each for each in snapshot.products if each.name == product), None)
        if found is None:
            raise Problem(Kind.NOT_FOUND, "portal.product_unknown", "there is no such product")
        own = [entry for entry in self._entries() if entry.product.name == product]
        schemas = catalogue.schemas(snapshot, found)
        return self._shell.page(request, "reference.html", product=found, entries=own, schemas=schemas)

    def document(self, audience: FromPath[str], version: FromPath[str]) -> Response[bytes]:
        """OpenAPI 3.1 of all that an audience is offered."""
        found = catalogue.for_audience(self._door().snapshot, audience)
        wanted = version.removesuffix(".json")
        if found is None or wanted not in {"latest", found["info"]["version"]}:
            raise Problem(Kind.NOT_FOUND, "portal.document_unknown", "there is no such document")
        return Response(json.dumps(found, indent=1).encode(), media_type="application/json")

    def usage(self, request: AnyRequest) -> Response[str]:
        """The caller's own calls, and the limits they are held against; everybody's for the platform."""
        session = self._shell.sessions.of(request)
        rows = self._usage()
        everybody = session is not None and session.caller.may("gateway:read")
        if not everybody:
            own = f"{session.caller.issuer}|{session.caller.subject}" if session else ""
            rows = [row for row in rows if session is not None and row.consumer == own]
        limited = {(entry.product.name, entry.group): entry for entry in self._entries() if entry.limits}
        shown = sorted(rows, key=lambda row: (row.day, row.count), reverse=True)
        return self._shell.page(
            request, "usage.html", rows=shown, everybody=everybody, limited=limited, plans=self._plans
        )

    def changes(self, request: AnyRequest) -> Response[str]:
        """What has changed."""
        found = self._changes.look(self._door().snapshot)
        going = [each for each in self._door().snapshot.products if each.lifecycle in {"deprecated", "retired"}]
        return self._shell.page(request, "changes.html", changes=found, going=going)

    def _operation(self, request: AnyRequest, entry: catalogue.Entry, **more: Any) -> Response[str]:
        every = catalogue.schemas(self._door().snapshot, entry.product)
        schemas = catalogue.reached(every, entry.spec, entry.shared)
        sandbox = self._trying is not None
        return self._shell.page(request, "operation.html", entry=entry, schemas=schemas, sandbox=sandbox, **more)

    def _entries(self) -> list[catalogue.Entry]:
        self._changes.look(self._door().snapshot)
        return catalogue.entries(self._door().snapshot, self._usage())

    def _entry(self, name: FromPath[str]) -> catalogue.Entry:
        for entry in self._entries():
            if entry.name == name:
                return entry
        raise Problem(Kind.NOT_FOUND, "portal.operation_unknown", "there is no such operation")


def open_portal(
    settings: PortalSettings,
    *,
    identity: Identity,
    door: Callable[[], Door],
    usage: Callable[[], list[Usage]],
    http: httpx.AsyncClient,
    sandbox: httpx.AsyncClient | None,
) -> Litestar:
    """The pages and the token endpoint as one application; without `settings.open`, the endpoint alone."""
    handlers: list[Any] = [Endpoint(identity).router(), get("/static/{name:str}", sync_to_thread=False)(_static)]
    shell: Shell | None = None
    if settings.open:
        sessions = Sessions(identity, lifetime_s=settings.session_s)
        shell = Shell(environment(_HERE / "templates"), sessions=sessions)
        trying = (
            None if sandbox is None else Trying(identity, http=sandbox, shown_base=str(sandbox.base_url).rstrip("/"))
        )
        entrance = Entrance(settings, identity=identity, admission=lambda: door().admission, http=http)
        plans = identity.settings.plans
        handlers += [
            Portal(shell=shell, door=door, usage=usage, trying=trying, plans=plans).router(),
            KeyPages(shell, identity=identity).router(),
            SignPages(shell, entrance=entrance, prefixes=lambda: pages_of(door().snapshot)).router(),
        ]

    def refused(request: AnyRequest, fault: Exception) -> Response[Any]:
        problem = problem_of(fault)
        if shell is not None and request.url.path.startswith("/portal"):
            return shell.refusal(request, problem)
        return Response(problem.details(instance=request.url.path), status_code=problem.status, media_type=MEDIA_TYPE)

    return Litestar(
        route_handlers=handlers,
        exception_handlers={Problem: refused, HTTPException: refused, Exception: refused},
        openapi_config=None,
        request_max_body_size=_MOST_BYTES,
        logging_config=None,
    )


def _static(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """A file that pages load: the portal's and everybody's."""
    asset = assets().get(name)
    if asset is None:
        raise Problem(Kind.NOT_FOUND, "portal.file_unknown", "there is no such file")
    packs = "gzip" in request.headers.get("accept-encoding", "")
    body, headers = asset.answer(accepts_gzip=packs, asked=str(request.query_params.get("v", "")))
    return Response(body, media_type=asset.media, headers=headers)
