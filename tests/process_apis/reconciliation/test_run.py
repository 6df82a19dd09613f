"""A run over a seeded firm: exactly the planted breaks, by class, and no other; and what becomes of them."""

import pytest

from contracts.canonical.reconciliation import BreakState
from load.reconciliation.books import SeededBooks
from load.reconciliation.planted import Planted, Where, planted
from tests.process_apis.reconciliation.bureau import bureau

SMALL = 40


@pytest.mark.req(180, 183, 273)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_exactly_the_planted_breaks_are_found_by_class(seed: int) -> None:
    """Thirty sorts of breaks, each once; whatever the seed, nothing is overlooked and nothing is invented."""
    books = SeededBooks(seed=seed, contracts=SMALL, entries=3)
    firm = planted(books)
    async with bureau(firm) as desk:
        run = await desk.run("run-1")

        assert firm.expected() == await desk.found()
        assert len(Where) == sum(1 for each in firm) + 1
        assert books.objects <= sum(each.compared for each in run.counts)


@pytest.mark.req(180)
async def test_a_firm_whose_systems_agree_has_no_break() -> None:
    """Nothing is found, and everything was looked at."""
    books = SeededBooks(seed=5, contracts=12, entries=3)
    async with bureau(Planted(books)) as desk:
        run = await desk.run("run-1")

        assert [] == await desk.breaks(None)
        assert [] == await desk.items()
        assert books.objects == sum(each.compared for each in run.counts) == sum(each.agreed for each in run.counts)
        assert [] == run.not_compared
        assert BreakState.OPEN
