"""Search: by JQL through an index that lags behind, in pages by token; the searches of old are gone."""

import base64
import hashlib
from typing import Any, Final

import msgspec

from .errors import Refusal, removed
from .fields import shown
from .jql import Query, parsed
from .router import Answer, Call, Route
from .state import Issue, Site

_MOST_IDS: Final = 5_000
_MOST_WHOLE: Final = 100
_MOST_RECONCILED: Final = 50
_MOST_PROPERTIES: Final = 5
_UNBOUNDED: Final = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."


def _search(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    del parts
    asked = call.json() if call.method == "POST" else _by_query(call)
    jql = str(asked.get("jql") or "")
    query = parsed(site, jql, zone=site.users[call.guest.account_id].get("timeZone", "Europe/Berlin"))
    if not query.bounded:
        raise Refusal(400, _UNBOUNDED)
    names, properties = list(asked.get("fields") or ["id"]), list(asked.get("properties") or [])
    if len(properties) > _MOST_PROPERTIES:
        raise Refusal(400, f"At most {_MOST_PROPERTIES} properties can be requested.")
    most = _MOST_IDS if names == ["id"] else _MOST_WHOLE
    count = min(int(asked.get("maxResults") or 50), most)
    rows = _ordered(site, query, fresh=_reconciled(asked))
    start = _opened(str(asked.get("nextPageToken") or ""), jql, most=len(rows))
    page = rows[start : start + count]
    told = [_told(site, call, one, entry, names=names, properties=properties) for one, entry in page]
    body: dict[str, Any] = {"issues": [one for one in told if one is not None]}
    if start + count < len(rows):
        return Answer(200, body | {"nextPageToken": _token(start + count, jql), "isLast": False})
    return Answer(200, body | {"isLast": True})


def _by_query(call: Call) -> dict[str, Any]:
    numbers = [int(text) for text in call.names("reconcileIssues")]
    asked: dict[str, Any] = {"jql": call.one("jql"), "nextPageToken": call.one("nextPageToken")}
    asked |= {"fields": call.names("fields"), "properties": call.names("properties")}
    return asked | {"maxResults": call.number("maxResults", 50, most=_MOST_IDS), "reconcileIssues": numbers}


def _reconciled(asked: dict[str, Any]) -> frozenset[int]:
    """Issues that are looked up as they truly are."""
    given = asked.get("reconcileIssues") or []
    if len(given) > _MOST_RECONCILED:
        raise Refusal(400, f"reconcileIssues can hold at most {_MOST_RECONCILED} issues.")
    return frozenset(int(each) for each in given)


def _ordered(site: Site, query: Query, *, fresh: frozenset[int]) -> list[tuple[Issue, dict[str, Any]]]:
    found = [(issue, entry) for issue, entry in site.indexed(fresh=fresh) if query.fits(entry)]
    return sorted(found, key=lambda each: query.place(each[1]), reverse=query.descending)


def _told(
    site: Site, call: Call, issue: Issue, entry: dict[str, Any], *, names: list[str], properties: list[str]
) -> dict[str, Any] | None:
    """One row; None for an issue that nobody may see: it has its place in the page all the same."""
    if issue.id in site.hidden:
        return None
    told: dict[str, Any] = {"id": str(issue.id)}
    if names == ["id"] and not properties:
        return told
    told |= {"key": entry["key"], "self": call.url(f"/issue/{issue.id}")}
    if names != ["id"]:
        told["fields"] = shown(site, issue, names=names, version=call.version, values=entry)
    if properties:
        told["properties"] = {key: entry["properties"][key] for key in properties if key in entry["properties"]}
    return told


def _token(start: int, jql: str) -> str:
    digest = hashlib.sha256(jql.encode()).hexdigest()[:12]
    return base64.urlsafe_b64encode(msgspec.json.encode([start, digest])).decode()


def _opened(token: str, jql: str, *, most: int) -> int:
    if not token:
        return 0
    try:
        start, digest = msgspec.json.decode(base64.urlsafe_b64decode(token), type=tuple[int, str])
    except ValueError:
        start, digest = -1, ""
    if digest != hashlib.sha256(jql.encode()).hexdigest()[:12] or start < 0:
        raise Refusal(400, "The provided next page token is invalid or expired.")
    return min(start, most)


def _removed(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    del site, call, parts
    raise removed()


ROUTES = (
    Route("GET", "/search/jql", _search),
    Route("POST", "/search/jql", _search),
    Route("GET", "/search", _removed),
    Route("POST", "/search", _removed),
)
