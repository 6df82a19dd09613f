"""Who has nothing to do is not asked, and everybody is still told the end."""

from __future__ import annotations

import os
from typing import ClassVar

from contracts.problem import Kind, Problem
from kit.door.drawn import Drawn
from kit.door.policy import Chain, Request, Verdict


class _Said:
    needs: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, heard: list[str], *, rests: bool, problem: Problem | None = None) -> None:
        self._heard = heard
        self._problem = problem
        self.rests = rests

    def __call__(self, _request: Request, /) -> Verdict:
        self._heard.append(f"{type(self).__name__} asked")
        return self._problem

    def ended(self, _request: Request, /, *, status: int) -> None:
        self._heard.append(f"{type(self).__name__} told {status}")


class First(_Said):
    """Stands first."""


class Second(_Said):
    """Stands second."""


class Third(_Said):
    """Stands third."""


def _request() -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    return Request({"method": "GET", "path": "/", "headers": []}, receive, arrived=0)


def test_a_policy_that_rests_is_not_asked_and_is_told_the_end() -> None:
    """And whoever refuses behind it is still called by its own name."""
    heard: list[str] = []
    problem = Problem(Kind.FORBIDDEN, "third.no", "no")
    chain = Chain([First(heard, rests=True), Second(heard, rests=False), Third(heard, rests=False, problem=problem)])
    request = _request()
    assert problem is chain.decide(request)
    chain.ended(request, status=403)
    assert "third" == request.refused_by
    assert ["Second asked", "Third asked", "First told 403", "Second told 403", "Third told 403"] == heard


def test_names_are_drawn_once_and_in_blocks() -> None:
    """No two alike, as long as asked for, and one block serves many."""
    blocks = iter(range(256))
    drawn = Drawn(lambda size: bytes([next(blocks)]) * size)
    names = [drawn(16) for _ in range(257)]
    assert {"00" * 16, "01" * 16} == set(names)
    assert 256 == names.count("00" * 16)
    real = Drawn()
    assert 1_000 == len({real(8) for _ in range(1_000)})


def test_a_forked_child_draws_names_of_its_own() -> None:
    """Even from the middle of a block."""
    drawn = Drawn()
    drawn(8)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, drawn(8).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as found:
        theirs = found.read()
    os.waitpid(child, 0)
    assert 16 == len(theirs)
    assert theirs != drawn(8)
