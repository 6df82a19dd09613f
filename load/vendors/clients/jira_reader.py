"""Reads a ticket by our key with atlassian-python-api: the project, what its register says of the key, the issue."""

from atlassian.jira import JiraCloud
from repeated import asked, repeated

given = asked()
config = given["config"]
client = JiraCloud(url=given["url"], username=config["email"], password=config["api_token"], api_version=3)
PROJECT = given["vendor_id"].rpartition("-")[0]
FIELDS = "summary,description,status,resolution,issuetype,priority,assignee,duedate,labels,created,updated"


def ticket() -> int:
    """The project, the entry under our key, and the issue that it names; how many issues came."""
    client.get_project(PROJECT, properties="sluice.board")
    entry = client.get_project_property(PROJECT, f"sluice.register.{given['key']}")["value"]
    found = client.get_issue(entry["issue"], fields=FIELDS, properties="sluice.ticket")
    return int(found["key"] == given["vendor_id"])


repeated(ticket, rows=1, seconds=given["seconds"])
