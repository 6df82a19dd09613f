"""What hangs on an issue: comments with properties of their own, and links to pages elsewhere."""

from typing import Any, Final

from .errors import Refusal
from .fields import Wrong, document, moment, rich
from .issues import valid_property
from .router import Answer, Call, Route, paged
from .state import Issue, Site

_MOST_LISTED: Final = 1000


def _add(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    issue, sent = site.issue(parts[0]), call.json()
    comment = {
        "id": str(site.number()),
        "issue": issue.id,
        "author": call.guest.account_id,
        "body": _body(sent, call),
        "created": site.now(),
        "updated": site.now(),
        "properties": list(sent.get("properties") or []),
    }
    issue.comments.append(comment)
    site.touch(issue)
    site.note("comment_created", issue)
    return Answer(201, _shown(site, call, comment))


def _list(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    """A page of an issue's comments, which are called so and not `values`; their properties are not told here."""
    issue = site.issue(parts[0])
    if call.one("orderBy", "created").lstrip("+-") != "created":
        raise Refusal(400, "orderBy can only be created.")
    found = issue.comments[::-1] if call.one("orderBy").startswith("-") else issue.comments
    page = paged(call, [_shown(site, call, one) for one in found], default=5000, most=5000)
    page["comments"] = page.pop("values")
    page.pop("isLast")
    return Answer(200, page)


def _list_many(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    """Comments by their ids, with their properties where these are asked for; those that are not there are left out."""
    del parts
    ids = call.json().get("ids")
    if not isinstance(ids, list) or not 0 < len(ids) <= _MOST_LISTED:
        raise Refusal(400, f"ids must hold 1 to {_MOST_LISTED} ids.")
    every = (one for issue in site.issues.values() if not issue.gone for one in issue.comments)
    known = {one["id"]: one for one in every}
    with_properties = "properties" in call.names("expand")
    found = [known[str(each)] for each in ids if str(each) in known]
    rows = [_shown(site, call, one, with_properties=with_properties) for one in found]
    return Answer(200, {"self": call.url("/comment/list"), **paged(call, rows, default=1000, most=_MOST_LISTED)})


def _one(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    issue, comment = _found(site, parts)
    if call.method == "PUT":
        sent = call.json()
        comment |= {"body": _body(sent, call), "updated": site.now()}
        if "properties" in sent:
            comment["properties"] = list(sent["properties"])
        site.touch(issue)
    if call.method == "DELETE":
        site.demand(call.guest.account_id, "delete")
        issue.comments.remove(comment)
        site.touch(issue)
        return Answer(204)
    return Answer(200, _shown(site, call, comment))


def _property(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    every = (one for issue in site.issues.values() if not issue.gone for one in issue.comments)
    comment = next((one for one in every if one["id"] == parts[0]), None)
    if comment is None:
        raise Refusal(404, f"Can not find a comment for the id: {parts[0]}.")
    kept = {each["key"]: each.get("value") for each in comment["properties"]}
    if call.method == "PUT":
        comment["properties"] = [
            {"key": key, "value": value} for key, value in (kept | {parts[1]: valid_property(call)}).items()
        ]
        return Answer(200 if parts[1] in kept else 201)
    if parts[1] not in kept:
        raise Refusal(404, f"The property {parts[1]} does not exist.")
    return Answer(200, {"key": parts[1], "value": kept[parts[1]]})


def _link(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    """Add a link, or change the one that bears the same globalId."""
    issue, sent = site.issue(parts[0]), call.json()
    target = sent.get("object") or {}
    errors = {name: f"'{name}' is required." for name in ("title", "url") if not target.get(name)}
    if errors:
        raise Refusal(400, errors=errors)
    known = next((one for one in issue.links if sent.get("globalId") and one["globalId"] == sent["globalId"]), None)
    link = known or {"id": site.number()}
    link |= {"globalId": sent.get("globalId"), "relationship": sent.get("relationship"), "object": target}
    if known is None:
        issue.links.append(link)
    return Answer(
        200 if known else 201, {"id": link["id"], "self": call.url(f"/issue/{issue.key}/remotelink/{link['id']}")}
    )


def _links(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    issue, wanted = site.issue(parts[0]), call.one("globalId")
    if not wanted:
        return Answer(200, issue.links)
    found = next((one for one in issue.links if one["globalId"] == wanted), None)
    if found is None:
        raise Refusal(404, "The remote link does not exist.")
    return Answer(200, found)


def _found(site: Site, parts: tuple[str, ...]) -> tuple[Issue, dict[str, Any]]:
    issue = site.issue(parts[0])
    comment = next((one for one in issue.comments if one["id"] == parts[1]), None)
    if comment is None:
        raise Refusal(404, f"Can not find a comment for the id: {parts[1]}.")
    return issue, comment


def _body(sent: dict[str, Any], call: Call) -> dict[str, Any]:
    try:
        body = document(sent.get("body"), version=call.version)
    except Wrong:
        raise Refusal(400, errors={"comment": "Comment body is not valid!"}) from None
    if body is None:
        raise Refusal(400, errors={"comment": "Comment body can not be empty!"})
    return body


def _shown(site: Site, call: Call, comment: dict[str, Any], *, with_properties: bool = False) -> dict[str, Any]:
    told = {
        "self": call.url(f"/issue/{comment['issue']}/comment/{comment['id']}"),
        "id": comment["id"],
        "author": site.user(comment["author"]),
        "body": rich(comment["body"], version=call.version),
        "created": moment(comment["created"]),
        "updated": moment(comment["updated"]),
        "jsdPublic": True,
    }
    return told | ({"properties": comment["properties"]} if with_properties else {})


ROUTES = (
    Route("POST", "/comment/list", _list_many),
    Route("GET", "/comment/{}/properties/{}", _property),
    Route("PUT", "/comment/{}/properties/{}", _property),
    Route("POST", "/issue/{}/comment", _add),
    Route("GET", "/issue/{}/comment", _list),
    Route("GET", "/issue/{}/comment/{}", _one),
    Route("PUT", "/issue/{}/comment/{}", _one),
    Route("DELETE", "/issue/{}/comment/{}", _one),
    Route("POST", "/issue/{}/remotelink", _link),
    Route("GET", "/issue/{}/remotelink", _links),
)
