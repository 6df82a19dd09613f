"""Delivery's standing on a deal: what the columns say, what has to be set, and what stands afterwards."""

from __future__ import annotations

from typing import Any, Final

from contracts.canonical.deal import DeliveryReport, DeliveryState
from system_apis.dynamics_sales import wire

_STATES: Final = {
    DeliveryState.PROVISIONING: 748190000,
    DeliveryState.WAITING: 748190001,
    DeliveryState.READY: 748190002,
    DeliveryState.CANCELLED: 748190003,
}


def report(delivery: wire.Delivery) -> DeliveryReport | None:
    """What was written back; None when nothing was."""
    state = next((state for state, value in _STATES.items() if value == delivery.status), None)
    if state is None or not delivery.case_id:
        return None
    return DeliveryReport(
        state=state,
        case_id=delivery.case_id,
        erp_customer_id=delivery.erp_customer_id,
        erp_project_id=delivery.erp_project_id,
        psa_project_id=delivery.psa_project_id,
        note=delivery.note or "",
    )


def differences(standing: wire.Delivery, wanted: DeliveryReport) -> dict[str, Any]:
    """The columns to set so that the deal says what is wanted; an id that is not told is left as it stands."""
    wished: dict[str, tuple[Any, Any]] = {
        "sluice_deliverystatus": (standing.status, _STATES[wanted.state]),
        "sluice_deliverynote": (standing.note or "", wanted.note),
        "sluice_caseid": (standing.case_id, wanted.case_id),
        "sluice_erpcustomerid": (standing.erp_customer_id, wanted.erp_customer_id),
        "sluice_erpprojectid": (standing.erp_project_id, wanted.erp_project_id),
        "sluice_psaprojectid": (standing.psa_project_id, wanted.psa_project_id),
    }
    return {name: new for name, (old, new) in wished.items() if new is not None and new != old}


def stands(standing: wire.Delivery, wanted: DeliveryReport) -> DeliveryReport:
    """What the deal says once the differences are set."""
    return DeliveryReport(
        state=wanted.state,
        case_id=wanted.case_id,
        erp_customer_id=wanted.erp_customer_id or standing.erp_customer_id,
        erp_project_id=wanted.erp_project_id or standing.erp_project_id,
        psa_project_id=wanted.psa_project_id or standing.psa_project_id,
        note=wanted.note,
    )
