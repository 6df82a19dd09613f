"""Every operation that is published, against everybody who comes: `pytest -m authz` prints how many cells that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import chain

import pytest

from tests.authz.ground import Ground
from tests.authz.matrix import CALLERS, Cell, admissions, holes, refusals
from tests.authz.offered import OWNERSHIP, Offered, every_operation, guards_of, object_of

pytestmark = [pytest.mark.authz, pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow, pytest.mark.timeout(300)]
DOCUMENTS = sorted({each.document for each in every_operation()})
Counted = Callable[[str, object], None]


def of(document: str) -> list[Offered]:
    """The operations of one document."""
    return [each for each in every_operation() if each.document == document]


def tell(counted: Counted, cells: Iterable[Cell]) -> None:
    """Put the number of cells into the report."""
    for expected, number in Counter(each.expected for each in cells).items():
        counted(f"authz cells: {expected}", number)


async def test_every_operation_has_one_guard_and_an_object_for_every_id() -> None:
    """An operation that is new fails here until ownership.toml says whose its objects are and names one."""
    guards = {str(each): len(guards_of(each.name)) for each in every_operation()}
    missing = [
        f"{each} has no object for {parameter}"
        for each in every_operation()
        for parameter in each.parameters
        if object_of(each, parameter) is None
    ]
    named = [guard for guard in OWNERSHIP["guards"] if not any(guard in guards_of(o.name) for o in every_operation())]
    callers = {name for guard in OWNERSHIP["guards"] for key in ("forbidden", "hidden") for name in guard.get(key, ())}

    assert [] == [f"{name} fits {number} guards" for name, number in guards.items() if number != 1]
    assert [] == missing
    assert [] == [guard["name"] for guard in named]
    assert set() == callers - set(CALLERS)


@pytest.mark.req(210, 288, 289, 300)
@pytest.mark.parametrize("document", DOCUMENTS)
async def test_whoever_may_not_is_refused(document: str, ground: Ground, record_property: Counted) -> None:
    """No token, a bad one, another scope, tenant, organisation, company, team, client or role: no operation answers."""
    cells = list(chain.from_iterable(refusals(each) for each in of(document)))
    tell(record_property, cells)

    assert [] == await holes(ground, cells)


@pytest.mark.req(210, 300)
@pytest.mark.parametrize("document", DOCUMENTS)
async def test_whoever_may_is_let_in(document: str, ground: Ground, record_property: Counted) -> None:
    """The owner is not refused at the same objects, so that the refusals above mean something."""
    cells = list(chain.from_iterable(admissions(each) for each in of(document)))
    tell(record_property, cells)

    assert [] == await holes(ground, cells)
