from pathlib import Path

import pytest

from kit.clock import ManualClock
from kit.door.meter import OTHERS, Meter, Usage, flush, read_usage


def test_calls_are_counted_by_day_consumer_operation_version_and_field() -> None:
    """Each combination has a row; fields count the calls that used them."""
    clock = ManualClock()
    meter = Meter(clock=clock)
    meter.note(consumer="a", operation="shop.read", version="1", fields=["note", "due"])
    meter.note(consumer="a", operation="shop.read", version="1", fields=["note"])
    meter.note(consumer="b", operation="shop.read")
    clock.advance(86_400)
    meter.note(consumer="a", operation="shop.read", version="2")
    first = Usage(
        day="2026-11-20", consumer="a", operation="shop.read", version="1", count=2, fields={"due": 1, "note": 2}
    )
    assert first == meter.snapshot()[0]
    assert [("2026-11-20", "a", 2), ("2026-11-20", "b", 1), ("2026-11-21", "a", 1)] == [
        (row.day, row.consumer, row.count) for row in meter.snapshot()
    ]


def test_what_two_processes_flush_is_summed_up(tmp_path: Path) -> None:
    """Increments are appended; a line cut short by a crash costs that line only."""
    path = tmp_path / "usage" / "usage.jsonl"
    one, two = Meter(clock=ManualClock()), Meter(clock=ManualClock())
    for meter in (one, two, one):
        meter.note(consumer="a", operation="shop.read", fields=["note"])
        flush(meter, path)
    with path.open("ab") as file:
        file.write(b'{"day":"2026-')
    assert [Usage(day="2026-11-20", consumer="a", operation="shop.read", count=3, fields={"note": 3})] == read_usage(
        path
    )
    assert 0 == flush(one, path)
    assert [] == read_usage(tmp_path / "none")


def test_a_file_that_cannot_be_written_loses_nothing(tmp_path: Path) -> None:
    """The next flush brings what this one could not."""
    meter = Meter(clock=ManualClock())
    meter.note(consumer="a", operation="shop.read")
    with pytest.raises(OSError, match="directory"):
        flush(meter, tmp_path)
    meter.note(consumer="a", operation="shop.read")
    assert 1 == flush(meter, tmp_path / "usage.jsonl")
    assert [2] == [row.count for row in read_usage(tmp_path / "usage.jsonl")]


def test_what_could_not_be_written_is_not_counted_twice(tmp_path: Path) -> None:
    """What is shown is what was called, however often a flush failed in between."""
    meter = Meter(clock=ManualClock())
    for calls in (1, 2, 3):
        meter.note(consumer="a", operation="shop.read", fields=["note"])
        with pytest.raises(OSError, match="directory"):
            flush(meter, tmp_path)
        assert [(calls, {"note": calls})] == [(row.count, row.fields) for row in meter.snapshot()]
    assert [(3, {"note": 3})] == [(row.count, row.fields) for row in meter.drain()]
    assert [3] == [row.count for row in meter.snapshot()]


def test_memory_is_bounded() -> None:
    """Beyond its rows newcomers are counted together, and no call is lost."""
    meter = Meter(clock=ManualClock(), rows=3)
    for n in range(10):
        meter.note(consumer=f"c{n}", operation="shop.read")
    rows = meter.snapshot()
    assert {"c0": 1, "c1": 1, "c2": 1, OTHERS: 7} == {row.consumer: row.count for row in rows}
