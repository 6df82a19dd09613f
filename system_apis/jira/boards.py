"""Boards are projects: under a key drawn from our id, or one that a team keeps itself and the settings name."""

from __future__ import annotations

from typing import Any

from contracts.canonical.ticketing import Board, StandingBoard
from contracts.problem import Kind, Problem
from system_apis.jira import wire
from system_apis.jira.client import Jira, mark_of, segment
from system_apis.jira.config import Config
from system_apis.jira.keys import Locks, digest, project_key
from system_apis.jira.mapping import Mapper
from system_apis.jira.people import People

_MOST_PAGES = 200
_PER_PAGE = 50


class Boards:
    """The projects of one site that are boards of ours."""

    def __init__(self, jira: Jira, config: Config, *, people: People, mapper: Mapper) -> None:
        self._jira = jira
        self._config = config
        self._people = people
        self._mapper = mapper
        self._locks = Locks()

    def key(self, board_id: str) -> str:
        """The project's key behind a board."""
        return self._config.boards.get(board_id) or project_key(board_id, prefix=self._config.key_prefix)

    async def need(self, board_id: str) -> wire.Project:
        """The project of a board.

        Raises:
            Problem: not_found, when the board was never put, or its project was deleted.

        """
        project = await self._read(board_id)
        mark = self._mark(project)
        if project is None or mark is None or mark.board_id != board_id:
            raise Problem(Kind.NOT_FOUND, "board_not_found", "no board stands under this id")
        return project

    async def ensure(self, board_id: str, board: Board) -> wire.Project:
        """The project of a board, made if need be, and brought to what is wanted otherwise than the last time.

        Raises:
            Problem: conflict, when its key or its name is taken by something that is not this board.

        """
        async with self._locks.of(board_id):
            project = await self._read(board_id) or await self._make(board_id, board)
            mark = self._mark(project)
            if mark is not None and mark.board_id != board_id:
                raise _taken(project.key)
            wanted = self._sent(board)
            if mark is None or mark.sent != wanted:
                if mark is not None and board_id not in self._config.boards:
                    await self._change(project, board, standing=mark.sent, wanted=wanted)
                value = wire.BoardMark(board_id=board_id, sent=wanted)
                await self._jira.set_property(f"/project/{project.key}", self._jira.on_board, value)
            return await self.need(board_id)

    async def keys(self) -> list[str]:
        """The keys of all projects that are boards of ours."""
        found: dict[str, None] = {}
        start = 0
        for _ in range(_MOST_PAGES):
            params = {"startAt": str(start), "maxResults": str(_PER_PAGE), "properties": self._jira.on_board}
            page = await self._jira.get("/project/search", wire.Projects, **params)
            found |= {project.key: None for project in page.values if self._mark(project)}
            if page.is_last:
                return list(found)
            if not page.values:
                break
            start += len(page.values)
        raise Problem(Kind.UNEXPECTED, "vendor_page_loop", "the vendor's pages do not come to an end")

    def standing(self, board_id: str, project: wire.Project) -> StandingBoard:
        """A project as a board."""
        url = self._mapper.url(project.key)
        return StandingBoard(board_id=board_id, external_id=project.id, prefix=project.key, name=project.name, url=url)

    async def _read(self, board_id: str) -> wire.Project | None:
        path = f"/project/{segment(self.key(board_id))}"
        return await self._jira.find(path, wire.Project, properties=self._jira.on_board)

    async def _make(self, board_id: str, board: Board) -> wire.Project:
        """Make the project. Its key is taken once only, so that a second try meets the first instead of a twin."""
        key = self.key(board_id)
        body = {
            "key": key,
            "name": board.name,
            "description": board.about,
            "leadAccountId": await self._people.lead(board.lead),
            "assigneeType": "UNASSIGNED",
            "projectTypeKey": self._config.project_type,
            "projectTemplateKey": self._config.project_template,
        }
        try:
            await self._jira.send("POST", "/project", json=body)
        except Problem as problem:
            if problem.kind not in {Kind.UNKNOWN_OUTCOME, Kind.ALREADY_EXISTS}:
                raise
            met = await self._read(board_id)
            if met is None and problem.kind is Kind.ALREADY_EXISTS:
                raise _taken(key, problem) from None
            if met is None:
                raise
            return met
        return await self._jira.get(f"/project/{segment(key)}", wire.Project, properties=self._jira.on_board)

    async def _change(
        self, project: wire.Project, board: Board, *, standing: dict[str, str], wanted: dict[str, str]
    ) -> None:
        values: dict[str, Any] = {"name": board.name, "description": board.about}
        if wanted["leadAccountId"] != standing.get("leadAccountId"):
            values["leadAccountId"] = await self._people.lead(board.lead)
        changed = {name: value for name, value in values.items() if wanted[name] != standing.get(name)}
        await self._jira.send("PUT", f"/project/{project.key}", json=changed)

    def _mark(self, project: wire.Project | None) -> wire.BoardMark | None:
        return mark_of(project.properties, self._jira.on_board, wire.BoardMark) if project else None

    def _sent(self, board: Board) -> dict[str, str]:
        wishes = {"name": board.name, "description": board.about, "leadAccountId": board.lead or ""}
        return {name: digest(value) for name, value in wishes.items()}


def _taken(key: str, problem: Problem | None = None) -> Problem:
    """The project's key or its name stands for something else; one in the trash keeps both."""
    return Problem(
        Kind.CONFLICT,
        "board_taken",
        f"the name, or the key {key}, belongs to a project that is not this board",
        hint="give the board another name; look for the project in the trash, and restore or delete it for good",
        errors=problem.errors if problem else (),
    )
