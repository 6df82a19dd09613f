"""The benchmark measures work that was done: it reports completed cases, and reports nothing when the story fails."""

import pytest

from kit.cli.embedded import embedded
from kit.cli.estate import estate
from kit.cli.story import script
from load import deals
from load.bench import Figures, Setting, _quantile, measured
from load.deals import Crowd, NotDone

TWO = Setting(name="two", latency_ms=0, attended=False, deals=2, at_once=2)


async def test_two_deals_are_really_carried_to_their_end() -> None:
    """Two deals are won, both complete, and the figures are those of two real cases."""
    figures = await measured(TWO)

    assert [] == figures.missed
    assert 0 < figures.engine_p50_s <= figures.p50_s <= figures.p95_s
    assert 0 < figures.cpu_s_per_case
    assert pytest.approx(60 * TWO.deals / figures.played_s, rel=0.01) == figures.cases_per_minute


async def test_an_answer_that_nobody_gives_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deal that asks for people is not measured as if nobody had been asked."""
    monkeypatch.setattr(deals, "UNATTENDED", deals.ATTENDED)

    with pytest.raises(NotDone, match="TAX_CODE_MISSING"):
        await measured(TWO)


async def test_books_that_do_not_tie_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that completed counts only when the ERP bills what the CRM sold, looked up in both after the fact."""
    async with embedded(estate("atlantic")) as landscape:
        crowd = Crowd(landscape, answers=False)
        async with crowd.at_work():
            done = await crowd.win(await crowd.enter())
            summary = (await crowd.cast.tower.cases(process="quote_to_project", limit=1)).items[0]
            await _sell_one_more_line(crowd, done.opportunity_id)

            with pytest.raises(NotDone, match="billed"):
                await crowd._held_to_the_books(summary, won_at=done.won_at)


async def _sell_one_more_line(crowd: Crowd, opportunity_id: str) -> None:
    story = crowd.landscape.estate.story
    vendor = crowd.landscape.estate.vendors[story["connection"]]
    line = next(step for step in script(vendor.path / "fixtures" / deals.UNATTENDED) if "LineItem" in step["path"])
    body = {**line["body"], "OpportunityId": opportunity_id}
    await crowd._play([{**line, "body": body}])


async def test_people_answer_where_people_are_asked() -> None:
    """The attended journey completes because somebody gave the tax code and approved."""
    figures = await measured(Setting(name="attended", latency_ms=0, attended=True, deals=2, at_once=2))

    assert TWO.deals == figures.setting.deals
    assert 0 < figures.p50_s


def test_a_missed_bar_is_told() -> None:
    """A p95 over the bar is named, so that the run ends with exit 1."""
    slow = Figures(
        setting=TWO,
        cases_per_minute=1,
        p50_s=61,
        p95_s=61,
        engine_p50_s=1,
        engine_p95_s=1,
        cpu_s_per_case=1,
        played_s=120,
        startup_s=1,
    )

    assert ["two: p95 61.0 s is over 60 s"] == slow.missed


@pytest.mark.parametrize(("share", "seen"), [(0.5, 2.0), (0.95, 4.0), (0.25, 1.0), (1.0, 4.0)])
def test_a_percentile_is_a_figure_that_was_seen(share: float, seen: float) -> None:
    """The nearest rank is taken, nothing is interpolated."""
    assert seen == _quantile([1.0, 2.0, 3.0, 4.0], share)
