"""Queries over HTTP, the org's limits, and the list of what else there is."""

from .errors import Refusal
from .router import Answer, Call, Org, Route

_PAGE = 2000


def _query(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    del parts
    return _queried(org, call, deleted=False)


def _query_all(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    del parts
    return _queried(org, call, deleted=True)


def _queried(org: Org, call: Call, *, deleted: bool) -> Answer:
    text = call.query.get("q", "")
    if not text:
        raise Refusal(400, "MALFORMED_QUERY", "A query string has to be specified")
    page = org.reading.first(text, version=call.version, page=_page_size(call), deleted=deleted)
    return Answer(200, page)


def _page_size(call: Call) -> int:
    """The page asked for; the vendor takes 200 to 2,000 as a hint, here fewer are taken at their word."""
    option = call.headers.get("sforce-query-options", "").replace(" ", "").removeprefix("batchSize=")
    return max(1, min(int(option), _PAGE)) if option.isdigit() else _PAGE


def _more(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    return Answer(200, org.reading.more(parts[0], version=call.version))


def _limits(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    del call, parts
    daily = {"Max": org.daily_requests, "Remaining": max(0, org.requests_left)}
    return Answer(200, {"DailyApiRequests": daily, "DailyBulkApiBatches": {"Max": 15000, "Remaining": 15000}})


def _resources(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    del org, parts
    root = f"/services/data/{call.version}"
    return Answer(200, {name: f"{root}/{name}" for name in ("sobjects", "query", "queryAll", "composite", "limits")})


ROUTES = (
    Route("GET", "/", _resources),
    Route("GET", "/query", _query),
    Route("GET", "/query/{}", _more),
    Route("GET", "/queryAll", _query_all),
    Route("GET", "/queryAll/{}", _more),
    Route("GET", "/limits", _limits),
)
