"""What the site holds: people, projects and issues; and the index, which learns of issues some time later."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from kit.sandbox import Sandbox

from .errors import Refusal, no_issue, no_project
from .hooks import Hooks
from .workflow import Workflow

_FIRST_ID: Final = 10_000
TYPES: Final = {"Epic": "10000", "Story": "10001", "Task": "10002", "Subtask": "10003", "Bug": "10004"}
PRIORITIES: Final = {"Highest": "1", "High": "2", "Medium": "3", "Low": "4", "Lowest": "5"}


@dataclass(slots=True)
class Project:
    """One project; `last` is the number of its newest issue, deleted ones counted."""

    id: int
    key: str
    name: str
    lead: str
    type_key: str
    description: str = ""
    category: dict[str, Any] | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    last: int = 0
    in_trash: bool = False


@dataclass(slots=True)
class Issue:
    """One issue. `values` hold names and ids, not objects; `waiting` is what the index will know, and when."""

    id: int
    project: int
    number: int
    key: str
    values: dict[str, Any]
    properties: dict[str, Any] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    former_keys: list[str] = field(default_factory=list)
    gone: bool = False
    indexed: dict[str, Any] | None = None
    waiting: list[tuple[dt.datetime, dict[str, Any] | None]] = field(default_factory=list)


class Site:
    """Everything that a call may touch."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.workflow = Workflow()
        self.hooks = Hooks(sandbox)
        self.clear()

    def clear(self) -> None:
        """A site that nobody has used yet."""
        self.workflow.clear()
        self.hooks.clear()
        self.users: dict[str, dict[str, Any]] = {}
        self.projects: dict[int, Project] = {}
        self.issues: dict[int, Issue] = {}
        self.index_lag_s = 0.0
        self.hidden: frozenset[int] = frozenset()
        self.off_screen: frozenset[str] = frozenset()
        self._next = _FIRST_ID

    def seed(self, document: dict[str, Any]) -> None:
        """Load people, projects and settings.

        `index_lag_s` has search lag behind, `hidden` names issues that found nobody's permission (pages are then
        short), `off_screen` names fields that no screen shows, `projects` are such as teams have made themselves.
        """
        self.users |= {user["accountId"]: {"active": True, **user} for user in document.get("users", ())}
        self.index_lag_s = float(document.get("index_lag_s", self.index_lag_s))
        self.hidden = frozenset(document.get("hidden", self.hidden))
        self.off_screen = frozenset(document.get("off_screen", self.off_screen))
        self.workflow.seed(document)
        self.hooks.seed(document)
        for given in document.get("projects", ()):
            self.add_project(given["key"], given["name"], lead=given["lead"])

    def number(self) -> int:
        """The next id; one row of numbers for everything."""
        self._next += 1
        return self._next - 1

    def now(self) -> dt.datetime:
        """The site's time, in milliseconds as the vendor keeps it."""
        now = self.sandbox.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def add_project(self, key: str, name: str, *, lead: str, type_key: str = "software", about: str = "") -> Project:
        """Add a project."""
        project = Project(self.number(), key, name, lead, type_key, description=about)
        self.projects[project.id] = project
        return project

    def project(self, key: str) -> Project:
        """A project by its key or id, outside the trash; raises the vendor's 404."""
        found = self.find_project(key)
        if found is None or found.in_trash:
            raise no_project(key)
        return found

    def find_project(self, key: str) -> Project | None:
        """A project by its key or id, in the trash or not."""
        if key.isdigit():
            return self.projects.get(int(key))
        return next((one for one in self.projects.values() if one.key == key.upper()), None)

    def find_issue(self, key: str) -> Issue | None:
        """An issue by id or key, whatever the case, or by a key that it bore before it was moved."""
        if key.isdigit():
            found = self.issues.get(int(key))
        else:
            wanted = key.upper()
            found = next((one for one in self.issues.values() if wanted in (one.key, *one.former_keys)), None)
        return None if found is None or found.gone or found.id in self.hidden else found

    def issue(self, key: str) -> Issue:
        """As `find_issue`; raises the vendor's 404."""
        found = self.find_issue(key)
        if found is None:
            raise no_issue()
        return found

    def add_issue(self, project: Project, values: dict[str, Any], properties: dict[str, Any]) -> Issue:
        """Add an issue with accepted values."""
        now = self.now()
        project.last += 1
        started = {"status": self.workflow.first, "resolution": None, "resolutiondate": None}
        issue = Issue(
            self.number(),
            project.id,
            project.last,
            f"{project.key}-{project.last}",
            {**started, **values, "created": now, "updated": now},
            properties=properties,
        )
        self.issues[issue.id] = issue
        self._learn(issue)
        self.note("jira:issue_created", issue)
        return issue

    def touch(self, issue: Issue, *, event: str = "jira:issue_updated") -> None:
        """Stamp an issue as changed, and have the index learn of it after its lag."""
        issue.values["updated"] = self.now()
        self._learn(issue)
        self.note(event, issue)

    def remove(self, issue: Issue) -> None:
        """Delete an issue; its number is not given out again, and the index knows it a while longer."""
        issue.gone = True
        self._learn(issue)
        self.note("jira:issue_deleted", issue)

    def note(self, event: str, issue: Issue) -> None:
        """Have those told who listen."""
        summary, status = issue.values["summary"], issue.values["status"]
        self.hooks.note(event, issue_id=issue.id, key=issue.key, summary=summary, status=status)

    def move(self, issue: Issue, target: Project) -> None:
        """Move an issue to another project: it gets another key, and answers to the former one."""
        issue.former_keys.append(issue.key)
        target.last += 1
        issue.project, issue.number, issue.key = target.id, target.last, f"{target.key}-{target.last}"
        self.touch(issue)

    def indexed(self, *, fresh: frozenset[int] = frozenset()) -> Iterator[tuple[Issue, dict[str, Any]]]:
        """The issues as the index knows them now; those in `fresh` as they truly are."""
        now = self.sandbox.now()
        for issue in self.issues.values():
            while issue.waiting and issue.waiting[0][0] <= now:
                issue.indexed = issue.waiting.pop(0)[1]
            known = self._entry(issue) if issue.id in fresh else issue.indexed
            if known is not None:
                yield issue, known

    def user(self, account_id: str) -> dict[str, Any] | None:
        """Somebody as others see them: an e-mail that is kept private is not told."""
        user = self.users.get(account_id)
        if user is None:
            return None
        told = {"accountId": account_id, "accountType": "atlassian", "displayName": user["displayName"]}
        told |= {"active": user["active"], "timeZone": user.get("timeZone", "Europe/Berlin")}
        return told | ({} if user.get("email_hidden") else {"emailAddress": user["emailAddress"]})

    def demand(self, account_id: str, right: str) -> None:
        """Raise the vendor's 403 when somebody lacks a right: `administer` or `delete`."""
        if right in self.users.get(account_id, {}).get("lacks", ()):
            raise Refusal(403, "You do not have permission to perform this operation.")

    def dump(self) -> dict[str, Any]:
        """Every project and every issue that stands."""
        projects = [
            {"id": one.id, "key": one.key, "name": one.name, "properties": one.properties, "trash": one.in_trash}
            for one in self.projects.values()
        ]
        issues = [
            {
                "id": one.id,
                "key": one.key,
                **one.values,
                "properties": one.properties,
                "comments": one.comments,
                "links": one.links,
            }
            for one in self.issues.values()
            if not one.gone
        ]
        return {"projects": projects, "issues": issues}

    def _entry(self, issue: Issue) -> dict[str, Any] | None:
        if issue.gone:
            return None
        placed = {"id": issue.id, "number": issue.number, "key": issue.key, "project": issue.project}
        return {**issue.values, **placed, "properties": dict(issue.properties)}

    def _learn(self, issue: Issue) -> None:
        entry = self._entry(issue)
        if self.index_lag_s <= 0:
            issue.indexed, issue.waiting = entry, []
        else:
            issue.waiting.append((self.sandbox.now() + dt.timedelta(seconds=self.index_lag_s), entry))
