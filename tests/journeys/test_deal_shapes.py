"""Every shape of deal through every tier: sold is billed in each currency, and what was lost is taken back."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from kit.cli.demo.outcome import Shape
from kit.cli.demo.shapes import tell_all
from kit.cli.embedded import embedded
from kit.cli.estate import estate

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow, pytest.mark.timeout(400)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shapes() -> AsyncIterator[dict[str, Shape]]:
    """Every shape of estate atlantic, played once for all tests of this file."""
    async with embedded(estate("atlantic")) as raised:
        yield {shape.story: shape for shape in await tell_all(raised, tell=lambda shape: None)}


@pytest.mark.req(120, 133, 134, 150, 188)
async def test_every_shape_ends_as_it_should_and_ties(shapes: dict[str, Shape]) -> None:
    """By the CRM's own lines and the ERP's own books, currency by currency."""
    assert 17 == len(shapes)
    assert [] == [name for name, shape in shapes.items() if not shape.ties]
    assert {"lost after an invoice"} == {name for name, shape in shapes.items() if shape.outcome == "reversed"}


async def test_each_seller_and_currency_has_a_project_of_its_own(shapes: dict[str, Shape]) -> None:
    """Three sellers in three currencies are three projects, three workspaces and three schedules."""
    shape = shapes["several sellers and currencies"]

    assert [("SG-DE", "EUR"), ("SG-GB", "GBP"), ("SG-US", "USD")] == [
        (part.legal_entity_id, part.currency) for part in shape.parts
    ]
    assert (3, 3, 3) == (
        len({part.erp_project_id for part in shape.parts}),
        len({part.psa_project_id for part in shape.parts}),
        len({part.erp_schedule_id for part in shape.parts}),
    )


@pytest.mark.req(188)
async def test_an_extension_and_a_renewal_share_one_project(shapes: dict[str, Shape]) -> None:
    """One project and one workspace carry three deals, each with a schedule of its own."""
    parts = shapes["extension and renewal"].parts

    assert (1, 1, 3) == (
        len({part.erp_project_id for part in parts}),
        len({part.psa_project_id for part in parts}),
        len({part.erp_schedule_id for part in parts}),
    )


@pytest.mark.req(127, 247)
async def test_everything_that_sales_left_open_is_told_at_once(shapes: dict[str, Shape]) -> None:
    """Ten owners are asked in one round, and one round of answers is enough."""
    assert 10 == len(set(shapes["left incomplete by sales"].exceptions))
    assert 10 == len(shapes["left incomplete by sales"].exceptions)


async def test_two_closings_of_one_deal_are_one_case(shapes: dict[str, Shape]) -> None:
    """A deal has one case, however often it is closed."""
    assert 1 == len(shapes["won twice"].cases)
    assert 1 == len(shapes["won twice"].customers)


async def test_a_deal_that_was_reopened_is_taken_back_and_begun_anew(shapes: dict[str, Shape]) -> None:
    """Forward, back and forward again: three cases, and the books have the new price."""
    shape = shapes["reopened and won anew"]

    assert ["quote_to_project", "deal_reversal", "quote_to_project"] == [case.split("--")[0] for case in shape.cases]
    assert ["54000.00"] == [str(tie.billed) for tie in shape.totals]


async def test_our_own_share_of_each_deal_is_small(shapes: dict[str, Shape]) -> None:
    """Whatever people and vendors take, a case costs us little."""
    assert [] == [name for name, shape in shapes.items() if shape.engine_s > 5.0 * len(shape.cases)]
