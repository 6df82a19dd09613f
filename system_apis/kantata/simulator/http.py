"""The API over HTTP: `/api/v1/{collection}[/{id}][.json]` for tokens that hold, and `/oauth/…`."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, Response, route
from litestar.enums import HttpMethod
from litestar.types import ASGIApp

from kit.sandbox import Sandbox
from system_apis.kantata.simulator import invoices, rates, timesheets
from system_apis.kantata.simulator.bodies import form, sent, wrapped
from system_apis.kantata.simulator.collection import Collection
from system_apis.kantata.simulator.envelope import enveloped, whole
from system_apis.kantata.simulator.listing import listed, shown
from system_apis.kantata.simulator.oauth import Door
from system_apis.kantata.simulator.refused import Refused, malformed, not_found
from system_apis.kantata.simulator.spec import COLLECTIONS
from system_apis.kantata.simulator.state import State

PREFIX: Final = "/api/v1/"
_VERBS: Final = (HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.DELETE)


class Api:
    """One account behind its paths."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.state = State(sandbox)
        self.door = Door(sandbox)
        self._sandbox = sandbox

    def request_id(self) -> str:
        """The id that every answer carries."""
        return f"{self._sandbox.random.getrandbits(128):032x}"

    def answer(
        self, method: str, path: str, *, query: Mapping[str, str], body: dict[str, Any]
    ) -> tuple[int, dict[str, Any] | None]:
        """Status and body of one call that was let in."""
        name, _, rest = path.removeprefix(PREFIX).removesuffix(".json").partition("/")
        collection = COLLECTIONS.get(name)
        if collection is None:
            raise not_found()
        if method == "GET":
            return 200, self._read(collection, rest, query)
        if method == "POST":
            return 201, self._create(collection, rest, query, body)
        if method == "PUT":
            return 200, self._update(collection, rest, query, body)
        self.state.delete(collection, rest)
        return 204, None

    def _read(self, collection: Collection, rest: str, query: Mapping[str, str]) -> dict[str, Any]:
        if collection.name == "subscribed_events" and rest == "event_types":
            types = {row["event_type"] for row in self.state.rows["subscribed_events"].values()}
            return {"event_types": sorted(types)}
        one = bool(rest)
        page = whole([shown(self.state, collection, rest, query)]) if one else listed(self.state, collection, query)
        return enveloped(self.state, collection, page, query)

    def _create(
        self, collection: Collection, rest: str, query: Mapping[str, str], body: dict[str, Any]
    ) -> dict[str, Any]:
        items, bulk = wrapped(collection, body)
        if collection.name == "external_references" and rest == "create_or_update":
            rows = [self.state.create_or_update(item) for item in items]
        elif rest:
            raise not_found()
        elif bulk:
            return self._bulk(collection, query, items)
        else:
            above = {"clone_id": body["clone_id"]} if "clone_id" in body else {}
            rows = [self.state.create(collection, {**above, **item}) for item in items]
        return enveloped(self.state, collection, whole(rows), query)

    def _bulk(self, collection: Collection, query: Mapping[str, str], items: list[dict[str, Any]]) -> dict[str, Any]:
        """Each object for itself: what is refused stands under `errors` beside what was made."""
        rows, errors = [], []
        for item in items:
            try:
                rows.append(self.state.create(collection, item))
            except Refused as refused:
                if len(items) == 1:
                    raise
                errors += refused.body["errors"]
        answer = enveloped(self.state, collection, whole(rows), query)
        return answer | {"errors": errors} if errors else answer

    def _update(
        self, collection: Collection, rest: str, query: Mapping[str, str], body: dict[str, Any]
    ) -> dict[str, Any]:
        row_id, _, action = rest.partition("/")
        if action:
            return self._act(collection, row_id, action, query, body)
        items, bulk = wrapped(collection, body)
        if bulk and row_id:
            raise malformed("a bulk update names its ids in the body")
        ids = [str(item.get("id", "")) for item in items] if bulk else [row_id]
        rows = [self.state.update(collection, one, item) for one, item in zip(ids, items, strict=True)]
        return enveloped(self.state, collection, whole(rows), query)

    def _act(
        self, collection: Collection, row_id: str, action: str, query: Mapping[str, str], body: dict[str, Any]
    ) -> dict[str, Any]:
        if (collection.name, action) == ("rate_card_set_versions", "publish"):
            return rates.publish(self.state, row_id)
        if collection.name == "timesheet_submissions":
            row = timesheets.resolved(self.state, row_id, action, body)
        elif (collection.name, action) == ("invoices", "cancel"):
            row = invoices.cancelled(self.state, row_id)
        else:
            raise not_found()
        return enveloped(self.state, collection, whole([row]), query)


def build(sandbox: Sandbox) -> ASGIApp:
    """The simulator as an ASGI application, empty until it is seeded."""
    api = Api(sandbox)
    sandbox.on_reset(api.state.clear)
    sandbox.on_reset(api.door.clear)
    sandbox.on_seed(api.state.load)
    sandbox.on_seed(api.door.load)
    sandbox.on_dump(api.state.dump)
    return Litestar(
        route_handlers=[*_api_routes(api), *_oauth_routes(api)],
        openapi_config=None,
        logging_config=None,
    )


def _api_routes(api: Api) -> list[Any]:
    @route("/api/v1/{rest:path}", http_method=_VERBS)
    async def call(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Every call of the API proper."""
        status, answer = 200, None
        try:
            api.door.admit(request.headers.get("authorization", ""))
            body = sent(await request.body(), request.headers.get("content-type", ""))
            query = {name: str(value) for name, value in request.query_params.items()}
            status, answer = api.answer(request.method, request.url.path, query=query, body=body)
        except Refused as refused:
            status, answer = refused.status, refused.body
        return _json(api, status, answer)

    return [call]


def _oauth_routes(api: Api) -> list[Any]:
    @route("/oauth/authorize", http_method=["GET"])
    async def authorize(request: Request[Any, Any, Any]) -> Response[bytes]:
        """The person says yes at once."""
        back = api.door.authorize(dict(request.query_params))
        if back is None:
            return _json(api, 401, {"error": "invalid_client"})
        return Response(b"", status_code=302, headers={"location": back, "x-request-id": api.request_id()})

    @route("/oauth/token", http_method=["POST"])
    async def token(request: Request[Any, Any, Any]) -> Response[bytes]:
        """A code becomes a token."""
        granted = api.door.exchange(form((await request.body()).decode()))
        return _json(api, 200, granted) if granted else _json(api, 401, {"error": "invalid_grant"})

    @route("/oauth/revoke", http_method=["POST"])
    async def revoke(request: Request[Any, Any, Any]) -> Response[bytes]:
        """A token ends."""
        api.door.revoke(form((await request.body()).decode()))
        return _json(api, 200, {})

    return [authorize, token, revoke]


def _json(api: Api, status: int, answer: dict[str, Any] | None) -> Response[bytes]:
    headers = {"x-request-id": api.request_id()}
    content = b"" if answer is None else msgspec.json.encode(answer)
    return Response(content, status_code=status, headers=headers, media_type="application/json; charset=utf-8")
