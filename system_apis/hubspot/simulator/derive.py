"""What the account computes by itself: a deal's standing from its stage, a line's amount, a company's parent."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from .errors import Fault, invalid_values
from .links import CHILD_OF, Links
from .pipelines import Pipelines
from .schema import Kind

_CENT: Final = Decimal("0.01")

Values = dict[str, str | None]


def complete(kind: Kind, values: Values, pipelines: Pipelines) -> None:
    """Fill in what was not sent for a new row, and check the whole."""
    if kind.plural == "deals":
        values["pipeline"] = values.get("pipeline") or "default"
        values["dealstage"] = values.get("dealstage") or pipelines.first(values["pipeline"])
    if kind.plural == "line_items":
        values["quantity"] = values.get("quantity") or "1"
    check(kind, values, pipelines)


def check(kind: Kind, values: Values, pipelines: Pipelines) -> None:
    """Refuse a stage that its pipeline does not have."""
    if kind.plural != "deals" or pipelines.stage(values.get("pipeline"), values.get("dealstage")):
        return
    message = f"{values.get('dealstage')} is not a valid stage of pipeline {values.get('pipeline')}"
    raise invalid_values([Fault("dealstage", "INVALID_OPTION", message)])


def settle(kind: Kind, values: Values, pipelines: Pipelines) -> None:
    """Bring what is computed into line with what was set."""
    if kind.plural == "deals":
        stage = pipelines.stage(values.get("pipeline"), values.get("dealstage"))
        if stage is not None:
            values["hs_is_closed"] = stage.closed
            values["hs_is_closed_won"] = "true" if stage.won else "false"
            values["hs_deal_stage_probability"] = stage.probability
    elif kind.plural == "line_items":
        values["amount"] = _net(values)


def parent(links: Links, company_id: str) -> str | None:
    """The company above a company."""
    return links.under(("0-2", company_id), CHILD_OF)


def _net(values: Values) -> str | None:
    """Price times quantity, less a discount a piece or a share of it; of one period, where the line recurs."""
    price, quantity = values.get("price"), values.get("quantity")
    if price is None or quantity is None:
        return None
    each = Decimal(price) - Decimal(values.get("discount") or 0)
    share = Decimal(values.get("hs_discount_percentage") or 0) / 100
    net = each * Decimal(quantity) * (1 - share)
    return str(net.quantize(_CENT, rounding=ROUND_HALF_UP))
