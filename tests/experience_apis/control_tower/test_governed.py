import pytest
from msgspec.structs import replace

from contracts.canonical.casework import ExceptionState
from contracts.canonical.exceptions import FixOutcome
from contracts.canonical.governance import BreakGlass, BreakGlasses, Remark, RemarkKind, Remarks
from contracts.process.casework import Assign, Comment, Confirm, Fix, FixMany, Withdraw
from experience_apis.control_tower import views
from experience_apis.control_tower.service import ControlTowerService
from experience_apis.control_tower.views import HIDDEN
from kit.caller import calling
from tests.experience_apis.control_tower.test_views import ITEM, NOW
from tests.process_apis.casework.governed import FELIX, FIONA, OLGA, TARA, person, queue

SAID = Remarks(items=[Remark(remark_id="r", kind=RemarkKind.COMMENT, by="x", at=NOW, text="1420000 EUR")])
BROKEN = BreakGlasses(
    items=[
        BreakGlass(approval_id="a", case_id="c", subject="s", opened_by="b", opened_at=NOW, reason="for 1420000 EUR")
    ]
)


@pytest.mark.parametrize("roles", [{"finance"}, {"operations"}, {"tax"}, {"tax_lead"}])
def test_who_solves_it_sees_the_proposal_and_the_words(roles: set[str]) -> None:
    """Owners, whom escalation called, finance and operations see all of an exception."""
    item = replace(ITEM, proposed={"tax_code": "EU-RC"}, escalated_to=["tax_lead"])

    assert item == views.exception(item, roles=roles)
    assert SAID == views.comments(SAID, item, roles=roles)


def test_others_see_neither_proposal_nor_words() -> None:
    """What was proposed and said is for those who solve it; that something was said is not hidden."""
    item = replace(ITEM, proposed={"tax_code": "EU-RC"})

    assert {"tax_code": HIDDEN} == views.exception(item, roles={"sales"}).proposed
    assert [HIDDEN] == [each.text for each in views.comments(SAID, item, roles={"sales"}).items]


def test_broken_glass_is_always_visible() -> None:
    """That it was broken, when and by whom is for everybody at the tower; why is confidential."""
    seen = views.broken_glass(BROKEN, roles={"sales"})

    assert BROKEN == views.broken_glass(BROKEN, roles={"operations"})
    assert [("a", "b", HIDDEN)] == [(each.approval_id, each.opened_by, each.reason) for each in seen.items]


@pytest.mark.req(247, 256, 271)
async def test_the_queue_is_worked_from_the_tower() -> None:
    """Counted, taken, discussed, given back, fixed in bulk: through the experience alone."""
    async with queue() as at:
        item = await at.parked()
        tower = ControlTowerService(at.service)
        with calling(TARA):
            taken = await tower.assign(exception_id=item.exception_id, body=Assign(), idempotency_key="a")
            said = await tower.comment(
                exception_id=item.exception_id, body=Comment(text="asked them"), idempotency_key="c"
            )
            read = await tower.comments(exception_id=item.exception_id)
            released = await tower.release(exception_id=item.exception_id, idempotency_key="r")
            many = FixMany(code=item.code, exception_ids=[item.exception_id], values={"tax_code": "EU-RC"})
            done = await tower.fix_many(body=many, idempotency_key="m")
        with calling(OLGA):
            counts = await tower.exception_counts()
            catalogue = await tower.catalogue()
            broken = await tower.broken_glass()

        assert ("tara.tax", None) == (taken.assigned_to, released.assigned_to)
        assert [said] == read.items
        assert [FixOutcome.FIXED] == [each.outcome for each in done.items]
        assert (0, []) == (counts.open, broken.items)
        assert item.code in {each.code for each in catalogue.items}


async def test_four_eyes_meet_at_the_tower() -> None:
    """Proposed by one, confirmed by another; a second exception is withdrawn."""
    async with queue() as at:
        item = await at.parked("d1", code="PERIOD_CLOSED", asks="post_into")
        other = await at.parked("d2", code="PERIOD_CLOSED", asks="post_into")
        tower = ControlTowerService(at.service)
        with calling(FELIX):
            fix = Fix(values={"post_into": "next_open_period"})
            proposed = await tower.fix(exception_id=item.exception_id, body=fix, idempotency_key="f")
            gone = await tower.withdraw(
                exception_id=other.exception_id, body=Withdraw(reason="reopened"), idempotency_key="w"
            )
        with calling(FIONA):
            done = await tower.confirm(exception_id=item.exception_id, body=Confirm(accept=True), idempotency_key="k")

        assert ("felix.finance", ExceptionState.OPEN) == (proposed.proposed_by, proposed.state)
        assert (ExceptionState.WITHDRAWN, ExceptionState.FIXED) == (gone.state, done.state)


async def test_a_stranger_at_the_tower_reads_no_amounts() -> None:
    """Masking is the default: a role nobody named sees codes, times and hidden words."""
    async with queue() as at:
        item = await at.parked()
        tower = ControlTowerService(at.service)
        with calling(person("stranger", "partner")):
            seen = await tower.exception(exception_id=item.exception_id)

        assert (item.code, HIDDEN, None) == (seen.code, seen.detail, seen.at_stake)
