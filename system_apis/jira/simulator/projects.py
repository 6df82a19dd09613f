"""Projects: made under a key that nobody else has, kept with properties, listed in pages by place."""

import re
from typing import Any, Final

from .errors import Refusal, no_property
from .issues import valid_property
from .router import Answer, Call, Route, paged
from .state import Project, Site

_KEY: Final = re.compile(r"[A-Z][A-Z0-9]{1,9}")
_TYPES: Final = frozenset({"software", "service_desk", "business"})
_LONGEST_NAME: Final = 80


def _create(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    del parts
    site.demand(call.guest.account_id, "administer")
    sent = call.json()
    key, name, lead = str(sent.get("key") or ""), str(sent.get("name") or ""), sent.get("leadAccountId")
    errors: dict[str, str] = {}
    if _KEY.fullmatch(key) is None:
        errors["projectKey"] = (
            "Project keys must start with an uppercase letter, followed by one or more uppercase "
            "alphanumeric characters."
        )
    elif site.find_project(key) is not None:
        errors["projectKey"] = "A project with that project key already exists."
    errors |= _wrong_name(site, name, but=None)
    if lead not in site.users:
        errors["projectLead"] = "You must specify a valid project lead."
    if sent.get("projectTypeKey") not in _TYPES:
        errors["projectTypeKey"] = "An invalid project type was specified."
    if errors:
        raise Refusal(400, errors=errors)
    project = site.add_project(
        key, name, lead=str(lead), type_key=sent["projectTypeKey"], about=str(sent.get("description") or "")
    )
    return Answer(201, {"self": call.url(f"/project/{project.id}"), "id": project.id, "key": project.key})


def _wrong_name(site: Site, name: str, *, but: Project | None) -> dict[str, str]:
    if not 2 <= len(name) <= _LONGEST_NAME:
        return {"projectName": f"The project name must be between 2 and {_LONGEST_NAME} characters."}
    if any(one.name.lower() == name.lower() for one in site.projects.values() if one is not but):
        return {"projectName": "A project with that name already exists."}
    return {}


def _read(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    project = site.project(parts[0])
    return Answer(200, _shown(site, call, project, properties=call.names("properties")))


def _edit(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    project, sent = site.project(parts[0]), call.json()
    site.demand(call.guest.account_id, "administer")
    if "name" in sent:
        errors = _wrong_name(site, str(sent["name"]), but=project)
        if errors:
            raise Refusal(400, errors=errors)
        project.name = str(sent["name"])
    project.description = str(sent.get("description", project.description))
    project.lead = str(sent.get("leadAccountId", project.lead))
    return Answer(200, _shown(site, call, project, properties=[]))


def _delete(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    """Into the trash, where it keeps its key and its name; its issues are seen no more."""
    project = site.project(parts[0])
    site.demand(call.guest.account_id, "administer")
    project.in_trash = True
    for issue in site.issues.values():
        if issue.project == project.id:
            site.remove(issue)
    return Answer(204)


def _search(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    del parts
    keys = [key.upper() for key in call.names("keys")]
    found = [
        one
        for one in sorted(site.projects.values(), key=lambda project: project.key)
        if not one.in_trash and (not keys or one.key in keys)
    ]
    properties = call.names("properties")
    rows = [_shown(site, call, one, properties=properties) for one in found]
    page = paged(call, rows)
    start, count = page["startAt"], page["maxResults"]
    if not page["isLast"]:
        page["nextPage"] = call.url(f"/project/search?startAt={start + count}&maxResults={count}")
    return Answer(200, {"self": call.url("/project/search"), **page})


def _list(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    """Every project in one bare list, as older clients ask for them."""
    del parts
    found = sorted(site.projects.values(), key=lambda project: project.key)
    return Answer(200, [_shown(site, call, one, properties=[]) for one in found if not one.in_trash])


def _property(site: Site, call: Call, parts: tuple[str, ...]) -> Answer:
    project, key = site.project(parts[0]), parts[1]
    if call.method == "GET":
        if key not in project.properties:
            raise no_property(key)
        return Answer(200, {"key": key, "value": project.properties[key]})
    site.demand(call.guest.account_id, "administer")
    if call.method == "PUT":
        known = key in project.properties
        project.properties[key] = valid_property(call)
        return Answer(200 if known else 201)
    if project.properties.pop(key, None) is None:
        raise no_property(key)
    return Answer(204)


def _shown(site: Site, call: Call, project: Project, *, properties: list[str]) -> dict[str, Any]:
    """A project; its id is a text here, and a number when it is made."""
    told: dict[str, Any] = {
        "self": call.url(f"/project/{project.id}"),
        "id": str(project.id),
        "key": project.key,
        "name": project.name,
        "description": project.description,
        "lead": site.user(project.lead),
        "projectTypeKey": project.type_key,
        "simplified": False,
        "style": "classic",
        "isPrivate": False,
    }
    kept = {key: project.properties[key] for key in properties if key in project.properties}
    return told | ({"properties": kept} if properties else {})


ROUTES = (
    Route("POST", "/project", _create),
    Route("GET", "/project", _list),
    Route("GET", "/project/search", _search),
    Route("GET", "/project/{}", _read),
    Route("PUT", "/project/{}", _edit),
    Route("DELETE", "/project/{}", _delete),
    Route("GET", "/project/{}/properties/{}", _property),
    Route("PUT", "/project/{}/properties/{}", _property),
    Route("DELETE", "/project/{}/properties/{}", _property),
)
