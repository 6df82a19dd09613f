"""A team's work through two clients that others wrote: opens, finds, comments, moves and closes tickets, prints JSON.

Arguments: the site's address, an e-mail, an API token, and the account id of whoever leads the new project.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from atlassian.jira import JiraCloud
from jira import JIRA, JIRAError
from requests import HTTPError

_LINK = {"url": "https://sluice.example/cases/1", "title": "Case 1"}


def refusal(action: Callable[[], Any]) -> list[Any]:
    """The status of a call that must be refused, and what the client made of the reason."""
    try:
        action()
    except JIRAError as refused:
        return [refused.status_code, refused.text]
    except HTTPError as refused:
        return [refused.response.status_code, str(refused)]
    return []


def document(text: str) -> dict[str, Any]:
    """A text as version 3 wants it."""
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


def by_version_two(address: str, email: str, token: str) -> dict[str, Any]:
    """The client of pycontribs, from its greeting to a closed issue."""
    client = JIRA(server=address, basic_auth=(email, token), get_server_info=True, max_retries=0)
    project = client.create_project("OPS", name="Operations", assignee=client.current_user(), ptype="software")
    key = client.create_issue(
        project="OPS", summary="Check the code", description="first\nsecond", issuetype={"name": "Task"}
    ).key
    issue = client.issue(key)
    issue.update(summary="Check both codes", labels=[{"add": "tax"}])
    client.add_comment(key, "Looked at it.")
    client.transition_issue(key, "Start")
    client.transition_issue(key, "Close", fields={"resolution": {"name": "Done"}})
    client.add_simple_link(key, _LINK)
    found = client.enhanced_search_issues("project = OPS ORDER BY key ASC", maxResults=50)
    issue = client.issue(key)
    return {
        "project": project["key"],
        "issue": [issue.key, issue.fields.summary, issue.fields.status.name, issue.fields.resolution.name],
        "text": [issue.fields.description, issue.fields.labels],
        "comments": [one.body for one in client.comments(key)],
        "links": [link.object.title for link in client.remote_links(key)],
        "found": [one.key for one in found],
        "refused": {
            "absent": refusal(lambda: client.issue("OPS-99")),
            "type": refusal(lambda: client.create_issue(project="OPS", summary="x", issuetype={"name": "Errand"})),
            "removed": refusal(lambda: client._get_json("search", params={"jql": "project = OPS"})),
            "token": refusal(lambda: JIRA(server=address, basic_auth=(email, "x"), max_retries=0).myself()),
        },
    }


def by_version_three(address: str, email: str, token: str, lead: str) -> dict[str, Any]:
    """The client drawn from the vendor's own description: what our room uses, called as others call it."""
    client = JiraCloud(url=address, username=email, password=token, api_version=3)
    given = {"key": "DEL", "name": "Delivery", "leadAccountId": lead, "projectTypeKey": "software"}
    project = client.create_project(data=given)
    client.set_project_property("DEL", "ours", data={"board": 1})
    keys = [
        client.create_issue(
            data={
                "fields": {
                    "project": {"key": "DEL"},
                    "issuetype": {"name": "Task"},
                    "summary": f"Step {number}",
                    "description": document("Why"),
                },
                "properties": [{"key": "ours", "value": {"ticket": number}}],
            }
        )["key"]
        for number in range(3)
    ]
    client.create_or_update_remote_issue_link(keys[0], data={"globalId": "g", "object": _LINK})
    client.create_or_update_remote_issue_link(keys[0], data={"globalId": "g", "object": {**_LINK, "title": "Case 2"}})
    comment = client.add_comment(
        keys[0], data={"body": document("On it."), "properties": [{"key": "ours", "value": 7}]}
    )
    ways = client.get_transitions(keys[0], expand="transitions.fields")["transitions"]
    client.do_transition(keys[0], data={"transition": {"id": ways[0]["id"]}})
    fetched = client.bulk_fetch_issues(data={"issueIdsOrKeys": [*keys, "DEL-9"], "properties": ["ours"]})
    return {
        "project": [type(project["id"]).__name__, client.get_project_property("DEL", "ours")["value"]],
        "fetched": [[one["key"], one["properties"]["ours"]["ticket"]] for one in fetched["issues"]],
        "status": fetched["issues"][0]["fields"]["status"]["statusCategory"]["key"],
        "links": [one["object"]["title"] for one in client.get_remote_issue_links(keys[0])],
        "comments": client.get_comments_by_ids(expand="properties", data={"ids": [int(comment["id"])]})["values"][0][
            "properties"
        ],
        "found": [one["key"] for one in pages(client)],
        "listed": [one["key"] for one in client.search_projects()["values"]],
        "twin": refusal(lambda: client.create_project(data=given)),
        "plain": refusal(lambda: client.add_comment(keys[0], data={"body": "On it."})),
    }


def pages(client: JiraCloud) -> list[dict[str, Any]]:
    """Every issue of the project, by twos."""
    found: list[dict[str, Any]] = []
    token = None
    while True:
        page = client.enhanced_jql("project = DEL ORDER BY key ASC", fields="summary", limit=2, nextPageToken=token)
        found += page["issues"]
        token = page.get("nextPageToken")
        if page["isLast"]:
            return found


if __name__ == "__main__":
    site, user, secret, leader = sys.argv[1:]
    told = {"two": by_version_two(site, user, secret), "three": by_version_three(site, user, secret, leader)}
    json.dump(told, sys.stdout)
