import httpx
import pytest

from kit.cli.demo.play import tell
from kit.cli.embedded import embedded
from kit.cli.estate import estate
from kit.cli.real import told


@pytest.mark.real_system
@pytest.mark.timeout(300)
@pytest.mark.req(120, 131, 132, 134)
async def test_a_won_deal_ties_in_the_books_of_a_real_erp() -> None:
    """Estate harbour: the schedule is read back from Tryton, which ends with the estate."""
    async with embedded(estate("harbour")) as landscape:
        journey = (await tell(landscape, watch=lambda case, acts: None)).journey
        erp = landscape.vendors["erp-main"]
        pid = landscape.pids["erp-main"]
    async with httpx.AsyncClient() as anybody:
        with pytest.raises(httpx.ConnectError):
            await anybody.get(erp)

    assert journey.ties
    assert (30, "EUR", "ready") == (
        journey.billing_schedule.lines,
        journey.billing_schedule.currency,
        journey.crm_status,
    )
    assert pid > 0


def test_an_estate_says_what_of_it_is_real() -> None:
    """Nobody takes a simulator for the system, nor the system for a simulator."""
    assert "Tryton real, Salesforce, Kantata OX simulated" == told(estate("harbour"))
    assert "every vendor simulated" == told(estate("atlantic"))
