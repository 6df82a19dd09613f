"""From the vendor's rows to ours: figures stay exact, unknown choices are told, and what we ask for is what we read."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.canonical.deal import DealKind, DeliveryReport, DeliveryState, Opportunity
from system_apis.dynamics_sales import delivery, mapping, queries, wire

pytestmark = pytest.mark.req(33)

DEAL = b'{"opportunityid":"d","statecode":0,"modifiedon":"2026-11-20T09:00:00Z","estimatedclosedate":"2026-11-20"'


def opportunity(line: bytes, *, more: bytes = b"") -> Opportunity:
    """A deal with one line, as it comes over the wire."""
    return mapping.opportunity(
        msgspec.json.decode(DEAL + more + b"}", type=wire.Opportunity),
        lines=[msgspec.json.decode(b'{"opportunityproductid":"l",' + line + b"}", type=wire.Line)],
        milestones=[],
        rates=[],
        needs=[],
        base_currency="EUR",
    )


@pytest.mark.req(76)
@given(st.decimals(min_value=-(10**15), max_value=10**15, places=2), st.sampled_from(["f", "E"]))
def test_money_is_exact_however_it_is_written(amount: Decimal, form: str) -> None:
    """Beyond the digits of a float too, with an exponent or without: the amount that was written is the one read."""
    text = format(amount, "f") if form == "f" else f"{amount.scaleb(2):f}".partition(".")[0] + "E-2"

    read = opportunity(f'"extendedamount":{text}'.encode())

    assert (amount, "EUR") == (read.lines[0].amount.amount, read.lines[0].amount.currency)
    assert -2 == read.lines[0].amount.amount.as_tuple().exponent


def test_an_amount_finer_than_its_currency_is_handed_on_as_it_is() -> None:
    """The process refuses it; nobody rounds a contract."""
    assert Decimal("10.005") == opportunity(b'"extendedamount":10.005').lines[0].amount.amount


def test_a_choice_that_we_do_not_know_is_told() -> None:
    """Somebody added a value: it is empty for us, never taken for another, and named in the gaps."""
    unknown = ("billingmethod", "capbehaviour", "billingfrequency", "billingtiming")
    line = ",".join(f'"sluice_{name}":748190099' for name in unknown)

    read = opportunity(line.encode() + b',"sluice_capamount":1', more=b',"sluice_dealkind":748190099')

    assert (None, None, None, DealKind.NEW) == (
        read.lines[0].method,
        read.lines[0].frequency,
        read.lines[0].timing,
        read.kind,
    )
    assert ["sluice_dealkind", *sorted(f"sluice_{name}" for name in unknown)] == sorted(
        (gap.field for gap in read.gaps), key=lambda name: (name != "sluice_dealkind", name)
    )


def test_an_address_asks_for_every_column_that_is_read_and_no_more() -> None:
    """Annotations and followed rows are not selected; spaces are encoded, and only an id stands in the conditions."""
    deal, lines, *_ = queries.deal("7d5a0000-0000-4000-8000-000000000001")

    assert "transactioncurrencyid" not in wire.columns(wire.Account)
    assert ["opportunityid", "sluice_deliverystatus"] == wire.columns(wire.Delivery)[:2]
    assert ",sluice_ratecard,_customerid_value&$expand=customerid_account($select=accountid,name," in deal
    assert "$filter=_opportunityid_value%20eq%207d5a0000-0000-4000-8000-000000000001&$orderby=" in lines
    assert " " not in deal + lines


def test_a_report_sets_what_differs_and_leaves_ids_that_are_not_told() -> None:
    """An empty note clears one that stands; a state that we do not know is overwritten."""
    standing = wire.Delivery(etag="e", id="d", status=5, note="old", case_id="c", erp_project_id="8")
    wanted = DeliveryReport(state=DeliveryState.CANCELLED, case_id="c", psa_project_id="9")

    assert {"sluice_deliverystatus": 748190003, "sluice_deliverynote": "", "sluice_psaprojectid": "9"} == (
        delivery.differences(standing, wanted)
    )
    assert ("8", "9") == (
        delivery.stands(standing, wanted).erp_project_id,
        delivery.stands(standing, wanted).psa_project_id,
    )
    assert delivery.report(standing) is None
