"""Contracts and billing events as Fusion spells them."""

from __future__ import annotations

from typing import Final

from msgspec import UNSET, UnsetType, field

from system_apis.oracle_fusion.wire import Amount, Number, Page, Text, Wire

NOT_INVOICED: Final = "U"
LIVE: Final = "ACTIVE"
CANCELLED: Final = "CANCELED"


class ContractLine(Wire, frozen=True):
    """A line of a contract, for one project."""

    contract_line_number: Text = UNSET
    line_name: Text = UNSET
    project_number: Text = UNSET
    tax_classification_code: Text = UNSET


class Contract(Wire, frozen=True):
    """A contract."""

    contract_id: Number = UNSET
    contract_number: Text = UNSET
    contract_type_name: Text = UNSET
    business_unit_name: Text = UNSET
    currency_code: Text = UNSET
    bill_to_account_number: Text = UNSET
    external_source: Text = UNSET
    external_reference_key: Text = UNSET
    description: Text = UNSET
    contract_status: Text = UNSET
    contract_lines: list[ContractLine] | Page[ContractLine] | UnsetType = UNSET


class EventDff(Wire, frozen=True, rename=None):
    """What we keep of a line in the flexfield of its event."""

    method: Text = field(name="sluiceMethod", default=UNSET)
    trigger: Text = field(name="sluiceTrigger", default=UNSET)
    revenue_rule: Text = field(name="sluiceRevenueRule", default=UNSET)
    cap: Amount = field(name="sluiceCap", default=UNSET)
    cap_behaviour: Text = field(name="sluiceCapBehaviour", default=UNSET)


class Event(Wire, frozen=True):
    """A billing event."""

    event_id: Number = UNSET
    source_name: Text = UNSET
    source_reference: Text = UNSET
    contract_type_name: Text = UNSET
    contract_number: Text = UNSET
    contract_line_number: Text = UNSET
    event_type_name: Text = UNSET
    event_description: Text = UNSET
    completion_date: Text = UNSET
    bill_trns_amount: Amount = UNSET
    bill_trns_currency_code: Text = UNSET
    project_number: Text = UNSET
    task_number: Text = UNSET
    organization_name: Text = UNSET
    bill_hold: Text = UNSET
    invoiced: Text = UNSET
    invoiced_amount: Amount = UNSET
    dff: list[EventDff] | Page[EventDff] | UnsetType = field(name="billingEventDFF", default=UNSET)
