"""The benchmark of reconciliation counts only runs that find exactly what was planted."""

from pathlib import Path

import pytest

from load.reconciliation.__main__ import measured
from load.reconciliation.books import SeededBooks
from load.reconciliation.planted import Where, planted


@pytest.mark.req(180)
def test_the_firm_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    """Amounts, hours and breaks; a firm too small for every sort of break is refused."""
    one, same, other = SeededBooks(1, 30, 3), SeededBooks(1, 30, 3), SeededBooks(2, 30, 3)

    assert one.bills(7) == same.bills(7) != other.bills(7)
    assert list(one.all_entries()) == list(same.all_entries()) != list(other.all_entries())
    assert planted(one).expected() == planted(same).expected() != planted(other).expected()
    assert len(Where) == len(planted(one).expected())
    with pytest.raises(ValueError, match="too few"):
        planted(SeededBooks(1, 10, 3))


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.req(180, 229)
def test_a_small_firm_is_measured(tmp_path: Path) -> None:
    """On the durable engine, in processes of its own: every break, and no other."""
    found = measured(400, f"sqlite:///{tmp_path / 'sluice.db'}")

    assert 4 == found["breaks"]
    assert found["objects"] > 380
    assert found["records"] > 2 * found["objects"]
    assert {"read_own", "read_crm", "read_psa", "read_erp", "judge"} <= set(found["steps_s"])
