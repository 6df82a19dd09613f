"""Values of issue fields: what each field takes, and how an issue is shown in either version of the API."""

import datetime as dt
from typing import Any, Final

from . import adf
from .errors import Refusal
from .state import PRIORITIES, TYPES, Issue, Site
from .workflow import RESOLUTIONS

_LONGEST: Final = 255
SETTABLE: Final = frozenset(
    {"project", "issuetype", "summary", "description", "priority", "assignee", "duedate", "labels", "parent"}
)
_REQUIRED: Final = (("summary", "You must specify a summary of the issue."), ("issuetype", "Specify an issue type"))


class Wrong(ValueError):
    """A value that its field does not take."""


def accepted(site: Site, sent: Any, *, version: int, creating: bool) -> dict[str, Any]:
    """The values to keep; raises the vendor's 400 that names every field at fault at once."""
    if not isinstance(sent, dict):
        raise Refusal(400, "Field 'fields' is required.")
    errors: dict[str, str] = {}
    taken: dict[str, Any] = {}
    for name, value in sent.items():
        if name == "project":
            continue
        try:
            taken[name] = _taken(site, name, value, version=version)
        except Wrong as wrong:
            errors[name] = str(wrong)
    if creating:
        errors |= {name: text for name, text in _REQUIRED if name not in taken and name not in errors}
    if errors:
        raise Refusal(400, errors=errors)
    return taken


def _taken(site: Site, name: str, value: Any, *, version: int) -> Any:
    if name not in SETTABLE or name in site.off_screen:
        raise Wrong(f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown.")
    if name == "summary":
        return _summary(value)
    if name == "description":
        return document(value, version=version)
    if name == "issuetype":
        return _named(value, TYPES, "Specify a valid issue type")
    if name == "priority":
        return _named(value, PRIORITIES, "Specify a valid 'id' or 'name' for Priority")
    if name == "assignee":
        return _assignee(site, value)
    if name == "duedate":
        return _day(value)
    if name == "labels":
        return _labels(value)
    return value


def operated(issue: Issue, update: Any) -> dict[str, Any]:
    """What the verbs `set`, `add` and `remove` make of an issue's fields; raises the vendor's 400."""
    values: dict[str, Any] = {}
    for name, verbs in (update or {}).items():
        for verb in verbs:
            if not isinstance(verb, dict) or len(verb) != 1:
                raise Refusal(400, errors={name: "data was not an array of operations"})
            ((what, value),) = verb.items()
            if what == "set":
                values[name] = value
            elif name == "labels" and what in {"add", "remove"}:
                before = values.get(name, issue.values.get(name) or [])
                values[name] = [each for each in before if each != value] + ([value] if what == "add" else [])
            else:
                raise Refusal(400, errors={name: f"Operation '{what}' is not supported by this field."})
    return values


def document(value: Any, *, version: int) -> dict[str, Any] | None:
    """A rich text: a document in version 3, a text in version 2. Raises Wrong."""
    if version == 2:
        if value is not None and not isinstance(value, str):
            raise Wrong("Operation value must be a string")
        return adf.from_text(value) if value else None
    try:
        return adf.accepted(value)
    except adf.NoDocument as fault:
        raise Wrong(str(fault)) from None


def moment(at: dt.datetime | None) -> str | None:
    """A moment as the vendor writes it: no colon in the offset."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}+0000"


def shown(site: Site, issue: Issue, *, names: list[str], version: int, values: dict[str, Any] | None = None) -> Any:
    """The asked fields of an issue; `*all` and `*navigable` give all."""
    whole = _fields(site, issue, values or issue.values, version=version)
    if not names or {"*all", "*navigable"} & set(names):
        return whole
    return {name: value for name, value in whole.items() if name in names}


def rich(document: dict[str, Any] | None, *, version: int) -> Any:
    """A rich text in the shape of a version."""
    if document is None or version == 3:
        return document
    return adf.shown_as_text(document).strip("\n")


def _fields(site: Site, issue: Issue, values: dict[str, Any], *, version: int) -> dict[str, Any]:
    project = site.projects[issue.project]
    kind, priority, resolution = values["issuetype"], values.get("priority") or "Medium", values["resolution"]
    return {
        "summary": values["summary"],
        "description": rich(values.get("description"), version=version),
        "project": {"id": str(project.id), "key": project.key, "name": project.name},
        "issuetype": {"id": TYPES[kind], "name": kind, "subtask": kind == "Subtask"},
        "priority": {"id": PRIORITIES[priority], "name": priority},
        "status": site.workflow.statuses[values["status"]].shown(),
        "resolution": resolution and {"id": RESOLUTIONS[resolution], "name": resolution},
        "resolutiondate": moment(values["resolutiondate"]),
        "assignee": site.user(values.get("assignee") or ""),
        "reporter": site.user(values.get("reporter") or ""),
        "duedate": values.get("duedate"),
        "labels": values.get("labels") or [],
        "created": moment(values["created"]),
        "updated": moment(values["updated"]),
    }


def _summary(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Wrong("You must specify a summary of the issue.")
    if "\n" in value or "\r" in value:
        raise Wrong("The summary is invalid because it contains newline characters.")
    if len(value) > _LONGEST:
        raise Wrong(f"Summary can't exceed {_LONGEST} characters.")
    return value


def _named(value: Any, known: dict[str, str], refusal: str) -> str:
    if not isinstance(value, dict):
        raise Wrong("data was not an object")
    for name, number in known.items():
        if value.get("name") == name or str(value.get("id")) == number:
            return name
    raise Wrong(refusal)


def _assignee(site: Site, value: Any) -> str | None:
    if value is None:
        return None
    account_id = value.get("accountId", value.get("id")) if isinstance(value, dict) else None
    if account_id is None:
        return None
    user = site.users.get(str(account_id))
    if user is None or not user["active"]:
        raise Wrong(f"User '{account_id}' cannot be assigned issues.")
    return str(account_id)


def _day(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise Wrong(f"Error parsing date string: {value}") from None


def _labels(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Wrong("data was not an array")
    for label in value:
        if any(each.isspace() for each in label):
            raise Wrong(f"The label '{label}' contains spaces which is invalid.")
        if len(label) > _LONGEST:
            raise Wrong(f"The label '{label}' exceeds the maximum length for a single label of {_LONGEST} characters.")
    return sorted(set(value))
