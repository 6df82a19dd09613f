"""Files of everything a partner may see, a JSON object a line; made for each request from the processes' pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final, Protocol, TypeVar

import msgspec

from contracts.experience.partners import Rows
from contracts.port import Download
from contracts.process.engagements import Engagements
from experience_apis.partners import views
from kit.caller import current_caller

AMOUNTS: Final = "finance:read"
"""The scope without which amounts are left out, as the door leaves them out of single answers."""
_PAGE: Final = 200
_MONEY: Final = frozenset({"value", "net", "tax", "gross"})


class Page(Protocol):
    """A page of anything."""

    @property
    def items(self) -> Collection[Any]:
        """What is on it."""
        ...

    @property
    def next_cursor(self) -> str | None:
        """Where the next one begins."""
        ...


P = TypeVar("P", bound=Page)


class Exporting:
    """Holds no state: the same question gets the same file for as long as nothing has changed."""

    def __init__(self, engagements: Engagements) -> None:
        self._engagements = engagements

    async def export_projects(self, *, cursor: str = "", rows: Rows = 1_000) -> Download:
        """All projects, newest change first."""
        return await _file(self._engagements.projects, views.page, cursor=cursor, rows=rows)

    async def export_invoices(self, *, cursor: str = "", rows: Rows = 1_000) -> Download:
        """All posted documents, newest first."""
        return await _file(self._engagements.posted, views.invoices, cursor=cursor, rows=rows)


async def _file(ask: Callable[..., Awaitable[P]], show: Callable[[P], Page], *, cursor: str, rows: int) -> Download:
    lines: list[bytes] = []
    hidden = frozenset() if current_caller().may(AMOUNTS) else _MONEY
    following: str | None = cursor
    while following is not None and len(lines) < rows:
        page = show(await ask(cursor=following, limit=min(_PAGE, rows - len(lines))))
        lines += [_line(each, hidden=hidden) for each in page.items]
        following = page.next_cursor
    return Download(content=b"".join(lines), next_cursor=following or "")


def _line(row: Any, *, hidden: Collection[str]) -> bytes:
    shown = {name: value for name, value in msgspec.structs.asdict(row).items() if name not in hidden}
    return msgspec.json.encode(shown) + b"\n"
