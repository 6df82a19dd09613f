"""Every operation that is published, against everybody who comes: `pytest -m authz` prints how many cells that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import chain

import pytest

from tests.authz.ground import Ground
from tests.authz.masking import LEVELS, classified, every_mask, read
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
    callers = {
        name
        for guard in OWNERSHIP["guards"]
        for key in ("forbidden", "hidden", "silent")
        for name in guard.get(key, ())
    }

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
    found = await holes(ground, cells)

    assert [] == found, "\n".join(found)


@pytest.mark.req(210, 300)
@pytest.mark.parametrize("document", DOCUMENTS)
async def test_whoever_may_is_let_in(document: str, ground: Ground, record_property: Counted) -> None:
    """The owner is not refused at the same objects, so that the refusals above mean something."""
    cells = list(chain.from_iterable(admissions(each) for each in of(document)))
    tell(record_property, cells)
    found = await holes(ground, cells)

    assert [] == found, "\n".join(found)


@pytest.mark.req(291)
@pytest.mark.parametrize("document", sorted({name for name in DOCUMENTS if every_mask(name)}))
async def test_what_is_classified_is_left_out_for_who_may_not_see_it(
    document: str, ground: Ground, record_property: Counted
) -> None:
    """By the schema of the version that is answered: no such field with all other scopes, some with the one."""
    masks = every_mask(document)
    record_property("authz cells: masked", len(masks))
    found = await read(ground, masks)

    assert [] == found.leaks, "\n".join(found.leaks)
    assert found.shown > 0


async def test_the_reader_of_classifications_finds_what_is_hidden_deep() -> None:
    """Behind a reference, in a list, in either of two: or the test above would pass whatever is answered."""
    money = {"type": "object", "properties": {"amount": {"type": "string", "x-classification": "confidential"}}}
    line = {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/Money"}]}
    schema = {
        "type": "object",
        "properties": {"lines": {"type": "array", "items": line}},
        "components": {"schemas": {"Money": money}},
    }
    value = {"lines": [None, {"amount": "1.00"}]}

    assert ["/lines/1/amount"] == list(classified(schema, value, above=LEVELS.index("confidential")))
    assert [] == list(classified(schema, value, above=LEVELS.index("restricted")))
