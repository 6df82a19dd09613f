"""What a raised estate is told: its own words first, and what its simulators propose where it says nothing."""

import pytest

from kit.cli.demo.play import pause_s
from kit.cli.estate import developed, estate, settings_tree, simulator


def test_an_estate_goes_before_what_a_simulator_proposes() -> None:
    """Pacific comes to its CRM as an app of its own; the address and the token are still the simulator's."""
    known = estate("pacific")
    vendor = known.vendors["crm-main"]
    _, sandbox = simulator(vendor, seed=7, latency_ms=0)
    proposed = developed("crm-main", vendor, "http://crm.test", sandbox)
    told = settings_tree(known, {"crm-main": proposed}, store_url="sqlite://")["connections"]["crm-main"]

    assert "oauth" == proposed.config["flow"]
    assert {**proposed.config, "vendor": "hubspot", "flow": "private_app"} == told


@pytest.mark.parametrize(("waited_s", "expected_s"), [(0.0, 0.05), (0.5, 0.05), (2.0, 0.2), (5.0, 0.5), (100.0, 0.5)])
def test_who_waits_longer_looks_less_often(waited_s: float, expected_s: float) -> None:
    """A tenth of the time that was waited, within its bounds: two minutes are a few hundred looks."""
    assert expected_s == pytest.approx(pause_s(waited_s))
