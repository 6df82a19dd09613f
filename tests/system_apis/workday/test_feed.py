"""The feed of workers under pages that shift, rows that vanish, late entries and clocks that are off."""

from typing import Any

import pytest

from contracts.canonical.workforce import Standing
from contracts.problem import Kind, Problem, Retry
from contracts.system.hr import Hr
from system_apis.workday import feed
from tests.system_apis.workday.tenant import LOG, STAFFING, WORKERS, Tenant, Together, everything, opened

pytestmark = pytest.mark.req(44)

FIVE_MINUTES = 300.0
XML = {"content-type": "text/xml"}
STAFF = 4
"""People who stand in the landscape from the beginning."""


def envelope(total: int, *, pages: int = 3, workers: str = "") -> str:
    """An answer of the log as a proxy or a careless tenant may give it."""
    told = {"Total_Results": total, "Total_Pages": pages, "Page_Results": 0, "Page": 1}
    results = "".join(f"<wd:{name}>{value}</wd:{name}>" for name, value in told.items())
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:wd="urn:com.workday/bsvc"><e:Body>'
        f"<wd:Get_Workers_Response><wd:Response_Results>{results}</wd:Response_Results>"
        f"<wd:Response_Data>{workers}</wd:Response_Data></wd:Get_Workers_Response></e:Body></e:Envelope>"
    )


async def staffed(tenant: Tenant) -> dict[str, str]:
    """Eight more people, by name, and a minute gone by since the last of them came."""
    numbers = {f"Person {letter}": await tenant.hire(f"Person {letter}") for letter in "BCDEFGHI"}
    tenant.clock.advance(60)
    return numbers


@pytest.mark.parametrize("ahead_s", [0.0, FIVE_MINUTES, -FIVE_MINUTES])
async def test_pages_do_not_shift_while_they_are_read(tenant: Tenant, ahead_s: float) -> None:
    """Somebody of the first page goes and somebody else comes: as many rows, and nobody else is left out for that.

    All pages are cut as of one moment of the tenant's own time, even if our clock is five minutes off.
    """
    numbers = await staffed(tenant)
    tenant.clock = Together(tenant.sandbox, ahead_s=ahead_s)
    async with opened(tenant) as hr:
        first = await hr.worker_changes(limit=4)
        newcomer = await tenant.hire("Zoe Last")
        await tenant.do("rescind", employee_id=first.changes[1].worker_id)
        tenant.clock.advance(10)
        rest, cursor = await everything(hr, first.cursor, limit=4)
        last, _ = await everything(hr, cursor, limit=4)

    told = [*first.changes, *rest, *last]
    standing = {change.worker_id: change.standing for change in told}
    assert {*numbers.values(), newcomer, "21001", "21002", "21003", "21004"} == set(standing)
    assert Standing.GONE is standing[first.changes[1].worker_id]
    assert len(numbers) + STAFF + 2 == len(told)


@pytest.mark.parametrize("ahead_s", [FIVE_MINUTES, -FIVE_MINUTES])
async def test_a_clock_that_is_off_loses_no_change(tenant: Tenant, ahead_s: float) -> None:
    """Each change is told once, whether our clock is five minutes ahead of the tenant's or behind."""
    tenant.clock = Together(tenant.sandbox, ahead_s=ahead_s)
    told: list[str] = []
    async with opened(tenant) as hr:
        _, cursor = await everything(hr)
        for cost_centre in ("CC-1", "CC-2", "CC-3"):
            await tenant.do("change_job", employee_id="21002", values={"cost_center": cost_centre})
            tenant.clock.advance(30)
            changes, cursor = await everything(hr, cursor)
            told += [str(each.worker and each.worker.employment.cost_centre) for each in changes]

    assert ["CC-1", "CC-2", "CC-3"] == told


async def test_an_entry_that_becomes_readable_late_is_told(tenant: Tenant, hr: Hr) -> None:
    """It bears a moment before that of the last one told, by less than the overlap."""
    early = (tenant.sandbox.now()).isoformat()
    tenant.clock.advance(20)
    await tenant.hire("Person B")
    _, cursor = await everything(hr)
    late = {"employee_id": "late", "hired_on": "2024-01-08", "entered_at": early, "values": {"name": "Late"}}
    tenant.sandbox.seed({"workers": [late]})
    tenant.clock.advance(5)
    told, _ = await everything(hr, cursor)

    assert ["late"] == [change.worker_id for change in told]


async def test_a_window_that_moves_is_read_anew(tenant: Tenant, hr: Hr) -> None:
    """Where the number of rows changes between pages nothing is trusted: from the first page again, none left out."""
    numbers = await staffed(tenant)
    tenant.fault(LOG, status=200, body=envelope(99), headers=XML, skip=1)
    told, _ = await everything(hr, limit=4)

    assert {*numbers.values(), "21001", "21002", "21003", "21004"} == {change.worker_id for change in told}


async def test_a_log_without_moments_is_refused_where_they_count(tenant: Tenant, hr: Hr) -> None:
    """Everybody can be told without them, as of the moment of reading; what changed since then cannot."""
    ids = '<wd:ID wd:type="WID">1</wd:ID><wd:ID wd:type="Employee_ID">2</wd:ID>'
    workers = f"<wd:Worker><wd:Worker_Reference>{ids}</wd:Worker_Reference></wd:Worker>"
    tenant.fault(LOG, status=200, body=envelope(1, pages=1, workers=workers), headers=XML, times=2)
    first = await hr.worker_changes()
    with pytest.raises(Problem) as refused:
        await hr.worker_changes(cursor=first.cursor)

    assert [("2", Standing.GONE)] == [(change.worker_id, change.standing) for change in first.changes]
    assert "vendor_schema_mismatch" == refused.value.code


async def test_a_window_that_never_rests_is_given_up(tenant: Tenant, hr: Hr) -> None:
    """After some tries the caller is told to come back."""
    for total in range(20):
        tenant.fault(LOG, status=200, body=envelope(total), headers=XML)

    with pytest.raises(Problem) as restless:
        await hr.worker_changes(limit=4)

    found = restless.value
    assert (Kind.UNAVAILABLE, "vendor_feed_moving", Retry.LATER) == (found.kind, found.code, found.retry)


async def test_a_row_that_vanishes_between_log_and_report_is_not_taken_for_a_leaving(tenant: Tenant, hr: Hr) -> None:
    """The report shows nobody and staffing still knows them: they are hidden from us, not gone."""
    tenant.fault(WORKERS, status=200, body='{"Report_Entry":[]}', times=2)
    told, _ = await everything(hr)

    assert [(Standing.HIDDEN, None)] * STAFF == [(change.standing, change.worker) for change in told]
    assert [200] * STAFF == tenant.served(STAFFING)


async def test_a_report_that_pays_no_heed_to_its_prompt_tells_nobody_else(tenant: Tenant, hr: Hr) -> None:
    """A prompt that the report does not have is passed over by some tenants: all rows come, ours are taken."""
    _, cursor = await everything(hr)
    rows = (await tenant.person.get(WORKERS, params={"format": "json"}, headers=tenant.integration)).text
    await tenant.do("change_job", employee_id="21002", values={"grade": "Principal"})
    tenant.clock.advance(5)
    tenant.fault(WORKERS, status=200, body=rows)
    told, _ = await everything(hr, cursor)

    assert ["21002"] == [change.worker_id for change in told]


@pytest.mark.parametrize(
    "body",
    [
        "<a/>",
        envelope(1, workers="<wd:Worker/>"),
        envelope(
            1,
            workers='<wd:Worker><wd:Worker_Reference><wd:ID wd:type="WID">1</wd:ID></wd:Worker_Reference></wd:Worker>',
        ),
        envelope(1).replace("<wd:Total_Pages>3", "<wd:Total_Pages>many"),
        envelope(
            1,
            workers='<wd:Worker><wd:Worker_Reference><wd:ID wd:type="WID">1</wd:ID><wd:ID wd:type="Employee_ID">2'
            "</wd:ID></wd:Worker_Reference><wd:Transaction_Entry_Moment>2026-11-20T00:00:00</wd:Transaction_Entry_Moment>"
            "</wd:Worker>",
        ),
    ],
    ids=["no-results", "no-reference", "no-number", "no-figure", "no-offset"],
)
async def test_an_envelope_that_is_not_whole_is_refused(tenant: Tenant, hr: Hr, body: str) -> None:
    """Nobody is taken for absent because an answer lacks what it must have."""
    tenant.fault(LOG, status=200, body=body, headers=XML)

    with pytest.raises(Problem) as refused:
        await hr.worker_changes()

    assert (Kind.UNEXPECTED, "vendor_schema_mismatch") == (refused.value.kind, refused.value.code)


def test_a_cursor_that_was_touched_is_refused() -> None:
    """Each letter of it counts."""
    good = feed.encoded(feed.Cursor(met=["abc"]))
    assert feed.Cursor(met=["abc"]) == feed.decoded(good)

    for bad in (good[:-2], "A" + good[1:], "ü", "AAAA"):
        with pytest.raises(Problem) as refused:
            feed.decoded(bad)
        assert "cursor_invalid" == refused.value.code


async def test_a_crowd_of_changes_is_told_once_and_keeps_the_cursor_short(tenant: Tenant, hr: Hr) -> None:
    """Hundreds change in one moment: those whom the cursor cannot remember wait until they are settled."""
    _, cursor = await everything(hr)
    entered_at = tenant.sandbox.now().isoformat()
    crowd: list[dict[str, Any]] = [
        {"employee_id": f"c{n}", "hired_on": "2024-01-08", "entered_at": entered_at, "values": {"name": f"Crowd {n}"}}
        for n in range(700)
    ]
    tenant.sandbox.seed({"workers": crowd})
    tenant.clock.advance(10)
    told, cursor = await everything(hr, cursor, limit=150)
    longest = len(cursor)
    tenant.clock.advance(70)
    rest, cursor = await everything(hr, cursor, limit=150)
    quiet, _ = await everything(hr, cursor)

    numbers = [change.worker_id for change in (*told, *rest)]
    assert sorted(row["employee_id"] for row in crowd) == sorted(numbers)
    assert (0, True) == (len(quiet), longest < 4000)
