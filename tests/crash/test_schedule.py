"""A schedule is drawn from its seed alone, and holds every kind of fault."""

from collections import Counter

from tests.crash.schedule import Blow, schedule


def test_the_same_seed_gives_the_same_faults() -> None:
    """What one seed found can be played again; another seed is another storm."""
    assert schedule(7, faults=50, store_restarts=True) == schedule(7, faults=50, store_restarts=True)
    assert schedule(7, faults=50, store_restarts=True) != schedule(8, faults=50, store_restarts=True)


def test_every_kind_is_dealt_and_a_file_is_not_restarted() -> None:
    """Kills, stops, lies and network faults everywhere; restarts only where there is a server."""
    served = Counter(each.blow for each in schedule(1, faults=500, store_restarts=True))
    filed = Counter(each.blow for each in schedule(1, faults=500, store_restarts=False))

    assert set(Blow) == set(served)
    assert set(Blow) - {Blow.STORE} == set(filed)
    assert 500 == served.total() == filed.total()
