"""Counts who calls what, in which version and with which deprecated fields; forgets nothing it was told to keep.

Counting is a dictionary in this process. What was counted is appended to a file of JSON lines as increments, so
that several processes may share the file and a reader has but to sum up.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from kit.clock import Clock

OTHERS: Final = "(others)"
"""The consumer under whom is counted what no longer has a row of its own."""


class Usage(Struct, frozen=True, kw_only=True):
    """Calls of one consumer to one operation in one version on one day (UTC).

    `fields` counts the calls in which a deprecated field was used, by its name.
    """

    day: str
    consumer: str
    operation: str
    version: str = ""
    count: int
    fields: dict[str, int] = {}


_Key = tuple[str, str, str, str]


@dataclass(slots=True)
class _Cell:
    count: int = 0
    fields: Counter[str] = field(default_factory=Counter)

    def add(self, count: int, fields: Iterable[tuple[str, int]]) -> None:
        self.count += count
        for name, times in fields:
            self.fields[name] += times


class Meter:
    """Usage since it was last drained, and since this process began."""

    def __init__(self, *, clock: Clock, rows: int = 50_000) -> None:
        """Count; beyond so many rows a day's newcomers are counted together, as OTHERS."""
        self._clock = clock
        self._rows = rows
        self._fresh: dict[_Key, _Cell] = {}
        self._owed: dict[_Key, _Cell] = {}
        self._kept: dict[_Key, _Cell] = {}
        self._today = (0, "")

    def note(self, *, consumer: str, operation: str, version: str = "", fields: Iterable[str] = ()) -> None:
        """Count one call."""
        key = (self._day(), consumer, operation, version)
        cell = self._fresh.get(key) or self._cell(self._fresh, key)
        cell.count += 1
        for name in fields:
            cell.fields[name] += 1

    def snapshot(self) -> list[Usage]:
        """All that this process has counted, today and on the days before."""
        cells: dict[_Key, _Cell] = {}
        self._merge(cells, self._kept)
        self._merge(cells, self._fresh)
        return _rows(cells)

    def drain(self) -> list[Usage]:
        """What was counted since the last time, to be kept elsewhere."""
        fresh, self._fresh = self._fresh, {}
        owed, self._owed = self._owed, {}
        self._merge(owed, fresh)
        today, kept = self._day(), dict[_Key, _Cell]()
        for cells in (self._kept, fresh):
            self._merge(kept, {key: cell for key, cell in cells.items() if key[0] == today})
        self._kept = kept  # a new one: whoever reads the old one in another thread is not disturbed
        return _rows(owed)

    def restore(self, rows: Iterable[Usage]) -> None:
        """Take back what could not be kept; it is drained again."""
        for row in rows:
            key = (row.day, row.consumer, row.operation, row.version)
            self._cell(self._owed, key).add(row.count, row.fields.items())

    def _day(self) -> str:
        now = self._clock.now()
        number = now.toordinal()
        if number != self._today[0]:
            self._today = (number, now.date().isoformat())
        return self._today[1]

    def _merge(self, cells: dict[_Key, _Cell], more: dict[_Key, _Cell]) -> None:
        for key, cell in more.items():
            self._cell(cells, key).add(cell.count, cell.fields.items())

    def _cell(self, cells: dict[_Key, _Cell], key: _Key) -> _Cell:
        cell = cells.get(key)
        if cell is None:
            if len(cells) >= self._rows:
                key = (key[0], OTHERS, key[2], key[3])
            cell = cells.setdefault(key, _Cell())
        return cell


def flush(meter: Meter, path: Path) -> int:
    """Append what was counted since the last time, in one write; gives the number of rows.

    Raises:
        OSError: the file cannot be appended to; nothing is lost, the next flush brings it.

    """
    rows = meter.drain()
    if not rows:
        return 0
    text = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(descriptor, text)
        finally:
            os.close(descriptor)
    except OSError:
        meter.restore(rows)
        raise
    return len(rows)


def read_usage(path: Path) -> list[Usage]:
    """What all processes have flushed, summed up; none where there is no file, a line cut short is passed over."""
    cells: dict[_Key, _Cell] = {}
    if not path.exists():
        return []
    for line in path.read_bytes().splitlines():
        try:
            row = msgspec.json.decode(line, type=Usage)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        key = (row.day, row.consumer, row.operation, row.version)
        cells.setdefault(key, _Cell()).add(row.count, row.fields.items())
    return _rows(cells)


def _rows(cells: dict[_Key, _Cell]) -> list[Usage]:
    return [
        Usage(
            day=day,
            consumer=consumer,
            operation=operation,
            version=version,
            count=cell.count,
            fields=dict(sorted(cell.fields.items())),
        )
        for (day, consumer, operation, version), cell in sorted(cells.items())
    ]
