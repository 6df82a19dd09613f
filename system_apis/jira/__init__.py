"""Jira Cloud answers the tickets role: each ticket once, on a site that neither dedupes nor finds at once."""

from __future__ import annotations

from contracts.canonical.capability import Capabilities, FeedKind, UpsertKind
from contracts.system.tickets import TicketDesk
from kit.http import Limits
from kit.room import Mount, Room, Tools
from kit.settings import SettingsError
from system_apis.jira.auth import Login
from system_apis.jira.boards import Boards
from system_apis.jira.client import Jira
from system_apis.jira.config import Config
from system_apis.jira.keys import is_prefix
from system_apis.jira.mapping import Mapper
from system_apis.jira.moves import Mover
from system_apis.jira.people import People
from system_apis.jira.problems import problem_from
from system_apis.jira.register import Register
from system_apis.jira.remarks import Remarks
from system_apis.jira.service import JiraDesk, Parts

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Open one connection.

    Raises:
        SettingsError: keys of projects cannot begin as the settings want it.

    """
    if not is_prefix(config.key_prefix):
        raise SettingsError(f"key_prefix {config.key_prefix!r} is not one to four capital letters and digits")
    login = Login(config, clock=tools.clock)
    http = tools.http(
        base_url=config.base_url,
        fetch_token=login.fetch_token,
        authorize=login.authorize,
        problem_from=problem_from,
        limits=Limits(concurrency=config.concurrency, deadline_s=config.deadline_s),
    )
    capabilities = Capabilities(
        vendor="jira",
        connection=tools.name,
        roles=list(tools.manifest["roles"]),
        lacks=list(tools.manifest["lacks"]),
        upsert=UpsertKind(tools.manifest["upsert"]),
        feed=FeedKind(tools.manifest["feed"]),
        concurrency=int(tools.manifest["concurrency"]),
    )
    jira = Jira(http, mark=config.mark)
    people = People(jira, config)
    mapper = Mapper(config)
    parts = Parts(
        jira=jira,
        boards=Boards(jira, config, people=people, mapper=mapper),
        register=Register(jira),
        mover=Mover(jira, config, mapper=mapper),
        remarks=Remarks(jira),
        mapper=mapper,
        people=people,
    )
    desk = JiraDesk(parts, capabilities=capabilities, clock=tools.clock, overlap_s=config.feed_overlap_s)
    return Room(mounts=(Mount(TicketDesk, desk, "/tickets"),), close=jira.close)
