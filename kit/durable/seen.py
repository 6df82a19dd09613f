"""An approval's row as the steps it goes through, and the hash of what a person sees of it (rule CTL-4)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.governance import Verdict
from kit.durable.governing import Stage
from kit.store.people import APPROVAL_AUDIENCE
from kit.store.tables import APPROVAL


def stages_of(row: Any) -> list[Stage]:
    """The route of an approval; a row from before there were routes has one step of its role."""
    stages = msgspec.json.decode(row.route, type=list[Stage])
    if stages:
        return stages
    hours = (row.due_at - row.requested_at).total_seconds() / 3600
    return [Stage(roles=[row.role], sla_h=hours)]


def verdicts_of(row: Any) -> list[Verdict]:
    """What was said in every step so far."""
    return msgspec.json.decode(row.verdicts, type=list[Verdict])


def effective_at(row: Any) -> dt.datetime | None:
    """When a decision takes effect that can still be taken back; None where none can."""
    verdicts = verdicts_of(row)
    return verdicts[-1].effective_at if verdicts else None


def etag_of(seen: Mapping[str, Any]) -> str:
    """The hash of what a person sees when deciding: a change of any of it makes it another thing to decide."""
    parts = [
        seen["subject"],
        seen["reason"],
        seen["state"],
        seen["evidence"],
        seen["at_stake_amount"],
        seen["at_stake_currency"],
        seen["step"],
        seen["verdicts"],
        seen["question"],
    ]
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()[:32]


def etag_after(row: Any, changes: Mapping[str, Any]) -> str:
    """The hash once a row has changed."""
    return etag_of({**row._asdict(), **changes})


async def change(connection: AsyncConnection, row: Any, changes: Mapping[str, Any]) -> None:
    """Change an approval; its ETag follows what a person sees."""
    mine = APPROVAL.c.approval_id == row.approval_id
    values = {**changes, "etag": etag_after(row, changes)}
    await connection.execute(sa.update(APPROVAL).where(mine).values(**values))


def is_expired(row: Any, now: dt.datetime) -> bool:
    """Whether the time to decide is over."""
    return bool(now >= expires_at(row))


def expires_at(row: Any) -> dt.datetime:
    """When the time to decide is over; rows from before there were steps expire when they are due."""
    moment: dt.datetime = row.expires_at or row.due_at
    return moment


async def audience_of(connection: AsyncConnection, approval_ids: list[str]) -> dict[str, list[Any]]:
    """Who may act on approvals, by approval: rows of step, role and whether escalation brought them in."""
    found: dict[str, list[Any]] = {}
    table = APPROVAL_AUDIENCE.c
    query = (
        sa.select(APPROVAL_AUDIENCE).where(table.approval_id.in_(approval_ids)).order_by(table.escalated, table.role)
    )
    for row in await connection.execute(query.order_by(table.escalated, table.role)):
        found.setdefault(row.approval_id, []).append(row)
    return found
