"""The changelog that partners read, out of the reasons that the change files give."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from kit.versions.history import History

_HEAD: Final = """# Changes of the {title}

Each version is named after the day from which it is offered. A caller stays on the version agreed for them until they
ask for another one with `Sluice-Version`; nothing below reaches anybody by itself.
This file is written by `sluice openapi` from `contracts/changes/`.
"""


def changelog(history: History, *, title: str) -> str:
    """Markdown, newest first."""
    parts = [_HEAD.format(title=title)]
    for date, changes in groupby(history.changes, key=lambda change: change.since):
        parts.append(f"## {date.isoformat()}\n")
        for change in changes:
            concerned = ", ".join(f"`{name.removeprefix(f'{history.contract}_')}`" for name in change.operations)
            heading, _, rest = change.about.partition("\n")
            parts.append(f"### {heading.rstrip('.')}\n\n{rest.strip()}\n\nConcerns {concerned}.\n")
    parts.append(f"## {history.began.isoformat()}\n\nThe oldest version that is still described.\n")
    return "\n".join(parts)
