"""Issues: opened one by one or many at a time, fetched straight from the store, edited, moved along, deleted."""

from typing import Any, Final

from .errors import Refusal, no_property, wrong
from .fields import accepted, operated, shown
from .router import Answer, Call, Route
from .state import Issue, Site
from .workflow import RESOLUTIONS

_MOST_FETCHED: Final = 100
_MOST_BULK: Final = 50
_LONGEST_PROPERTY: Final = 32_768


def _create(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    del parts
    return Answer(201, _created(site, call, call.json()))


def _created(site: Site, call: Call, sent: Any) -> dict[str, Any]:
    given = sent.get("fields") if isinstance(sent, dict) else None
    values = accepted(site, given, version=call.version, creating=True)
    place = given.get("project") if isinstance(given, dict) else None
    project = site.find_project(str(place.get("id") or place.get("key") or "")) if isinstance(place, dict) else None
    if project is None or project.in_trash:
        raise wrong(project="Specify a valid project ID or key")
    issue = site.add_issue(project, {"reporter": call.guest.account_id, **values}, _properties(sent))
    return {"id": str(issue.id), "key": issue.key, "self": call.url(f"/issue/{issue.id}")}


def _create_many(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    """Many at once: 201 when any was made, and what failed stands beside."""
    del parts
    sent = call.json().get("issueUpdates")
    if not isinstance(sent, list) or not sent or len(sent) > _MOST_BULK:
        raise Refusal(400, f"The number of issues to create must be between 1 and {_MOST_BULK}.")
    made, failed = [], []
    for number, each in enumerate(sent):
        try:
            made.append(_created(site, call, each))
        except Refusal as refusal:
            failed.append({"status": refusal.status, "elementErrors": refusal.body, "failedElementNumber": number})
    return Answer(201 if made else 400, {"issues": made, "errors": failed})


def _read(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    issue = site.issue(parts[0])
    told = _whole(site, call, issue, names=call.names("fields"), properties=call.names("properties"))
    return Answer(200, told)


def _fetch_many(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    """Issues by ids and keys, by rising id; those that are not there are left out without a word."""
    del parts
    asked = call.json()
    wanted = asked.get("issueIdsOrKeys")
    if not isinstance(wanted, list) or not wanted or len(wanted) > _MOST_FETCHED:
        raise Refusal(400, f"issueIdsOrKeys must hold 1 to {_MOST_FETCHED} ids or keys.")
    names, properties = list(asked.get("fields") or ["*navigable"]), list(asked.get("properties") or [])
    found = {issue.id: issue for issue in (site.find_issue(str(each)) for each in wanted) if issue is not None}
    rows = [_whole(site, call, found[each], names=names, properties=properties) for each in sorted(found)]
    return Answer(200, {"issues": rows, "issueErrors": []})


def _whole(site: Site, call: Call, issue: Issue, *, names: list[str], properties: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = {"id": str(issue.id), "key": issue.key, "self": call.url(f"/issue/{issue.id}")}
    told["fields"] = shown(site, issue, names=names, version=call.version)
    if properties:
        told["properties"] = {key: issue.properties[key] for key in properties if key in issue.properties}
    return told


def _edit(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    issue, sent = site.issue(parts[0]), call.json()
    given = {**(sent.get("fields") or {}), **operated(issue, sent.get("update"))}
    values = accepted(site, given, version=call.version, creating=False)
    properties = _properties(sent)
    issue.values |= values
    issue.properties |= properties
    site.touch(issue)
    return Answer(204)


def _delete(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    issue = site.issue(parts[0])
    site.demand(call.guest.account_id, "delete")
    site.remove(issue)
    return Answer(204)


def _ways(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    issue = site.issue(parts[0])
    with_fields = "transitions.fields" in call.names("expand")
    ways = site.workflow.ways(issue.values["status"])
    return Answer(200, {"transitions": [site.workflow.shown(way, with_fields=with_fields) for way in ways]})


def _go(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    issue, sent = site.issue(parts[0]), call.json()
    wanted = str((sent.get("transition") or {}).get("id", ""))
    way = next((way for way in site.workflow.ways(issue.values["status"]) if way.id == wanted), None)
    if way is None:
        raise Refusal(
            400,
            "It seems that you have tried to perform an illegal workflow operation. If you think this message is "
            "wrong, please contact your Jira administrators.",
        )
    given = dict(sent.get("fields") or {})
    errors = {
        name: f"{name.capitalize()} is required." for name, must in way.fields.items() if must and not given.get(name)
    }
    errors |= {
        name: f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
        for name in given
        if name not in way.fields
    }
    resolution = (given.get("resolution") or {}).get("name")
    if resolution is not None and resolution not in RESOLUTIONS:
        errors["resolution"] = "The resolution selected is not valid."
    if errors:
        raise Refusal(400, errors=errors)
    done = site.workflow.statuses[way.target].category == "done"
    closed = {"resolution": resolution, "resolutiondate": site.now()} if done else {}
    issue.values |= {"status": way.target, "resolution": None, "resolutiondate": None, **closed}
    site.touch(issue)
    return Answer(204)


def _property(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    """Read, set or delete one entity property; that does not count as a change of the issue."""
    issue, key = site.issue(parts[0]), parts[1]
    if call.method == "PUT":
        known = key in issue.properties
        issue.properties[key] = valid_property(call)
        return Answer(200 if known else 201)
    if key not in issue.properties:
        raise no_property(key)
    if call.method == "DELETE":
        del issue.properties[key]
        return Answer(204)
    return Answer(200, {"key": key, "value": issue.properties[key]})


def valid_property(call: Call) -> Any:
    """The value of an entity property; raises the vendor's 400."""
    if len(call.body) > _LONGEST_PROPERTY:
        raise Refusal(400, f"The property value cannot be longer than {_LONGEST_PROPERTY} characters.")
    return call.any_json()


def _properties(sent: dict[str, Any]) -> dict[str, Any]:
    given = sent.get("properties") or []
    if not isinstance(given, list) or not all(isinstance(each, dict) and each.get("key") for each in given):
        raise Refusal(400, "Each property needs a key and a value.")
    return {str(each["key"]): each.get("value") for each in given}


ROUTES = (
    Route("POST", "/issue", _create),
    Route("POST", "/issue/bulk", _create_many),
    Route("POST", "/issue/bulkfetch", _fetch_many),
    Route("GET", "/issue/{}", _read),
    Route("PUT", "/issue/{}", _edit),
    Route("DELETE", "/issue/{}", _delete),
    Route("GET", "/issue/{}/transitions", _ways),
    Route("POST", "/issue/{}/transitions", _go),
    Route("GET", "/issue/{}/properties/{}", _property),
    Route("PUT", "/issue/{}/properties/{}", _property),
    Route("DELETE", "/issue/{}/properties/{}", _property),
)
