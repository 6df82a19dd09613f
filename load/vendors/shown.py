"""The table: a line a read, the client of others beside the read that it does too, and in words what is missing."""

from __future__ import annotations

from typing import Any, Final

from load.vendors.measure import AT_ONCE

_NAME: Final = 38


def head() -> str:
    """The head of the table."""
    return (
        f"{'room and read':{_NAME}}{'calls':>6}{'alone/s':>9}{AT_ONCE:3} at once/s{'tier ms':>9}{'vendor ms':>11}"
        f"{'room ms':>9}   {'calls':>6}{'alone/s':>9}{'client ms':>11}{'vendor ms':>11}{'/room':>7}{'/tier':>7}"
    )


def lines(name: str, found: dict[str, Any]) -> list[str]:
    """What was found of one role of a vendor: its reads, what was left out, what was lifted, and why no client stands.

    A room that could not be measured has one line, which says why.
    """
    for word in ("missing", "unmeasured"):
        if word in found:
            return [f"{name:{_NAME}} {found[word]}"]
    told = [_line(f"{name} {read}", row, _beside(read, found["client"])) for read, row in found["reads"].items()]
    told += [f"{f'{name} {read}':{_NAME}} left out: {why}" for read, why in found["left_out"].items()]
    notes = [found["no_client"], found["lifted"] and f"allowance lifted: {found['lifted']}"]
    return [*told, *(f"{'':{_NAME}} {note}" for note in notes if note)]


def faults(found: dict[str, Any]) -> list[str]:
    """Why a role counts as not measured: it did not stand, a read was refused, or a client that should read did not."""
    if "unmeasured" in found:
        return []
    if "missing" in found:
        return [found["missing"]]
    refused = [f"{read}: {why}" for read, why in found["left_out"].items()]
    return [*refused, *([found["no_client"]] if found["client_failed"] else [])]


def _line(name: str, row: dict[str, Any], beside: str) -> str:
    alone, many, room = row["alone"], row["at_once"], row["room"]
    line = (
        f"{name:{_NAME}}{row['vendor_calls']:6}{alone['per_second']:9.1f}{many['per_second']:13.1f}"
        f"{alone['reader_ms']:9.2f}{alone['vendor_ms']:11.2f}"
    )
    return f"{line}{room['reader_ms']:9.2f}{beside}" if room else line


def _beside(read: str, client: dict[str, Any] | None) -> str:
    if client is None or client["read"] != read:
        return ""
    alone = client["alone"]
    return (
        f"   {client['vendor_calls']:6}{alone['per_second']:9.1f}{alone['reader_ms']:11.2f}{alone['vendor_ms']:11.2f}"
        f"{client['over_room']:7.2f}{client['over_tier']:7.2f}  {client['name']}"
    )
