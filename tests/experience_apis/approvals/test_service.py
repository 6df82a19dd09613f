import pytest

from contracts.canonical.casework import ApprovalState
from contracts.problem import Kind, Problem
from contracts.process.casework import Decide
from experience_apis.approvals.service import ApprovalsService
from kit.caller import calling
from tests.process_apis.casework.cases import FELIX, TARA, desk


@pytest.mark.req(142)
async def test_an_approver_finds_reads_and_decides() -> None:
    """Queue, card and decision are enough to let a case go on."""
    async with desk() as at:
        approval_id = await at.answered()
        service = ApprovalsService(at.service)
        with calling(TARA):
            (waiting,) = (await service.queue()).items
            card = await service.card(approval_id=waiting.approval_id)
            decided = await service.decide(
                approval_id=approval_id,
                body=Decide(approve=True, comment="checked"),
                if_match=f'"{card.etag}"',
                idempotency_key="k",
            )

            assert {"tax_code": "EU-RC"} == card.evidence
            assert (ApprovalState.APPROVED, "tara.tax") == (decided.state, decided.decided_by)
            assert [] == (await service.queue()).items


async def test_others_have_an_empty_queue() -> None:
    """Whoever does not hold the role sees nothing, finds nothing and decides nothing."""
    async with desk() as at:
        approval_id = await at.answered()
        service = ApprovalsService(at.service)
        with calling(FELIX):
            assert [] == (await service.queue()).items
            with pytest.raises(Problem) as hidden:
                await service.card(approval_id=approval_id)
            with pytest.raises(Problem) as refused:
                await service.decide(
                    approval_id=approval_id, body=Decide(approve=True), if_match='"e"', idempotency_key="k"
                )

        assert (Kind.NOT_FOUND, Kind.FORBIDDEN) == (hidden.value.kind, refused.value.kind)
