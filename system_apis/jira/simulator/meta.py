"""What a client asks about the site itself: who it is, which fields and words it knows, and who the people are."""

from typing import Any

from .errors import Refusal
from .router import Answer, Call, Route
from .state import PRIORITIES, TYPES, Site
from .workflow import RESOLUTIONS

_FIELDS = {
    "summary": ("Summary", "string"),
    "description": ("Description", "string"),
    "issuetype": ("Issue Type", "issuetype"),
    "project": ("Project", "project"),
    "priority": ("Priority", "priority"),
    "status": ("Status", "status"),
    "resolution": ("Resolution", "resolution"),
    "assignee": ("Assignee", "user"),
    "reporter": ("Reporter", "user"),
    "labels": ("Labels", "array"),
    "duedate": ("Due date", "date"),
    "created": ("Created", "datetime"),
    "updated": ("Updated", "datetime"),
}


def _server(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    del site, parts
    told = {"baseUrl": call.base, "version": "1001.0.0-SNAPSHOT", "versionNumbers": [1001, 0, 0]}
    return Answer(200, told | {"deploymentType": "Cloud", "buildNumber": 100290, "serverTitle": "Jira"})


def _fields(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    del site, call, parts
    rows = [
        {"id": key, "key": key, "name": name, "custom": False, "navigable": True, "schema": {"type": kind}}
        for key, (name, kind) in _FIELDS.items()
    ]
    return Answer(200, rows)


def _words(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    """Priorities, resolutions, issue types or statuses: bare lists."""
    del parts
    lists: dict[str, list[dict[str, Any]]] = {
        "/priority": [{"id": number, "name": name} for name, number in PRIORITIES.items()],
        "/resolution": [{"id": number, "name": name} for name, number in RESOLUTIONS.items()],
        "/issuetype": [{"id": number, "name": name} for name, number in TYPES.items()],
        "/status": [status.shown() for status in site.workflow.statuses.values()],
    }
    return Answer(200, lists[call.path])


def _schemes(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    """What some clients read before they make a project."""
    del site, parts
    default = {"id": 0, "name": "Default"}
    told: dict[str, Any] = {
        "/permissionscheme": {"permissionSchemes": [default]},
        "/issuesecurityschemes": {"issueSecuritySchemes": [default]},
        "/projectCategory": [{"id": "10000", "name": "Default"}],
    }
    return Answer(200, told[call.path])


def _myself(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    del parts
    return Answer(200, site.user(call.guest.account_id))


def _people(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    """People whose name or e-mail begins so; an e-mail that is kept private finds nobody."""
    del parts
    wanted = call.one("query").lower()
    if not wanted and not call.one("accountId"):
        raise Refusal(400, "The query parameters 'query', 'accountId' and 'property' are missing.")
    told = [site.user(account_id) for account_id in site.users]
    found = [
        one
        for one in told
        if one
        and (
            one["accountId"] == call.one("accountId")
            or (wanted and one["displayName"].lower().startswith(wanted))
            or (wanted and one.get("emailAddress", "").lower().startswith(wanted))
        )
    ]
    start = call.number("startAt", 0, most=1_000_000)
    return Answer(200, found[start : start + call.number("maxResults", 50, most=1000)])


def _webhook(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    del site, call, parts
    raise Refusal(403, "The caller is not an app.")


ROUTES = (
    Route("GET", "/serverInfo", _server),
    Route("GET", "/field", _fields),
    Route("GET", "/priority", _words),
    Route("GET", "/resolution", _words),
    Route("GET", "/issuetype", _words),
    Route("GET", "/status", _words),
    Route("GET", "/permissionscheme", _schemes),
    Route("GET", "/issuesecurityschemes", _schemes),
    Route("GET", "/projectCategory", _schemes),
    Route("GET", "/myself", _myself),
    Route("GET", "/user/search", _people),
    Route("POST", "/webhook", _webhook),
)
