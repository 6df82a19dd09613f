"""Who may speak for a system and who may decide; default deny, and nobody decides what is their own (CTL-1, CTL-2)."""

from __future__ import annotations

from typing import Final

from contracts.canonical.field import Record
from contracts.problem import Kind, Problem
from kit.caller import Caller
from process_apis.master_data.config import Config
from process_apis.master_data.rules import STEWARD

JUDGES: Final = frozenset({STEWARD, "finance"})
"""Roles that may say whether two records are one."""


def speaking(caller: Caller, connection: str, config: Config) -> Record:
    """The kind of system a caller speaks for.

    Raises:
        Problem: forbidden, when the caller does not speak for this connection.

    """
    if connection not in config.speaks.get(caller.client_id, ()) or connection not in config.systems:
        raise Problem(Kind.FORBIDDEN, "not_your_system", f"you do not speak for {connection}")
    return config.systems[connection]


def deciding(caller: Caller, *, roles: frozenset[str], proposed_by: str) -> None:
    """Refuse whoever holds none of the roles or decides on their own.

    Raises:
        Problem: forbidden.

    """
    if roles.isdisjoint(caller.roles):
        raise Problem(Kind.FORBIDDEN, "not_yours_to_decide", f"this is decided by: {', '.join(sorted(roles))}")
    if caller.subject == proposed_by:
        raise Problem(Kind.FORBIDDEN, "own_change", "somebody else has to decide on what you proposed")
