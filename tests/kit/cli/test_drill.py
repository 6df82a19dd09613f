"""The unknown-outcome drill on every simulated ERP: whatever answer is cut, one invoice stands, found by our key."""

import pytest

from kit.cli.commands.drill import chosen
from kit.cli.drill.unknown_outcome import Cut, drilled
from kit.cli.main import main
from kit.settings import SettingsError

SIMULATED = chosen(estate="", erp="")
CUT = Cut(
    act="draft",
    document_id="inv-1",
    call="POST /invoices",
    then=[],
    answered="unknown_outcome: vendor_cut_off",
    again="7",
    number="INV7",
    standing=["7"],
)


@pytest.mark.timeout(120)
@pytest.mark.req(245)
@pytest.mark.parametrize("vendor", SIMULATED, ids=lambda vendor: str(vendor.name))
async def test_one_invoice_stands_whatever_answer_is_cut(vendor: object) -> None:
    """Drafting and posting are cut at every call that is no plain read, after the ERP did what it was asked."""
    found = await drilled(vendor)  # type: ignore[arg-type]  # parametrize hands over objects

    assert found.once
    assert {"draft", "post"} == {each.act for each in found.cuts}
    for each in found.cuts:
        assert [each.again] == each.standing
        assert each.number
    assert len(found.cuts) == len({each.number for each in found.cuts})


def test_every_erp_that_is_simulated_is_drilled() -> None:
    """Without a name all of them, with an estate its own, real ones too."""
    assert {"netsuite", "oracle_fusion", "sap_s4hana", "dynamics_finance"} <= {vendor.name for vendor in SIMULATED}
    assert ["oracle_fusion"] == [vendor.name for vendor in chosen(estate="pacific", erp="")]
    assert ["tryton"] == [vendor.name for vendor in chosen(estate="harbour", erp="")]
    with pytest.raises(SettingsError, match="nosuch"):
        chosen(estate="", erp="netsuite,nosuch")


@pytest.mark.parametrize(("standing", "once"), [(["7"], True), (["7", "8"], False), ([], False), (["8"], False)])
def test_two_invoices_none_and_another_one_are_seen(standing: list[str], *, once: bool) -> None:
    """Only the invoice that was found, and it alone, is one invoice."""
    cut = Cut(**{name: getattr(CUT, name) for name in CUT.__struct_fields__} | {"standing": standing})

    assert once is cut.once


def test_an_erp_that_nobody_knows_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """The words name those that are known."""
    assert 2 == main(["drill", "unknown-outcome", "--erp", "nosuch"])
    assert "netsuite" in capsys.readouterr().err
