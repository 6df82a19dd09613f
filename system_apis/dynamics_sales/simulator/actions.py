"""What is asked of the environment by a name of its own: who am I, a deal won, a deal lost."""

from decimal import Decimal
from typing import Any

from .address import target
from .call import Answer, Call, Environment
from .catalogue import OPPORTUNITY_REASONS, TABLES
from .reading import need
from .refusal import Refusal, bad_payload
from .state import Row
from .values import coerced

_DEAL = TABLES["opportunity"]


def who_am_i(environment: Environment, call: Call) -> Answer:
    """The user behind the token."""
    context = f"{call.root}/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse"
    unit = "7d5a0000-0000-4000-8000-00000000000b"
    body = {"BusinessUnitId": unit, "UserId": call.user, "OrganizationId": environment.organization}
    return Answer(200, {"@odata.context": context, **body})


def win(environment: Environment, call: Call) -> Answer:
    """Close a deal as won."""
    return _close(environment, call, state=1)


def lose(environment: Environment, call: Call) -> Answer:
    """Close a deal as lost."""
    return _close(environment, call, state=2)


def _close(environment: Environment, call: Call, *, state: int) -> Answer:
    body = call.json("opportunityclose")
    status, closing = body.get("Status"), body.get("OpportunityClose")
    if not isinstance(closing, dict) or not isinstance(closing.get("opportunityid@odata.bind"), str):
        raise bad_payload("opportunityclose", "InnerException : OpportunityClose names no opportunity.")
    row = need(environment, target(environment, closing["opportunityid@odata.bind"].lstrip("/")))
    if row["statecode"] != 0:
        raise Refusal(400, "0x80043b0c", "The opportunity has already been closed.")
    reasons = OPPORTUNITY_REASONS[state]
    if status not in {*reasons, -1}:
        raise Refusal(400, "0x80048408", f"{status} is not a valid status code for state code {state}.")
    reason = next(iter(reasons)) if status == -1 else status
    values: Row = {"statecode": state, "statuscode": reason, "actualclosedate": environment.sandbox.now().date()}
    if "actualend" in closing:
        values["actualclosedate"] = coerced(_DEAL, _DEAL.columns["actualclosedate"], str(closing["actualend"])[:10])
    values["actualvalue"] = _revenue(row, closing) if state == 1 else Decimal(0)
    row.update(values)
    environment.store.touch(_DEAL, row, user=call.user)
    return Answer(204)


def _revenue(row: Row, closing: dict[str, Any]) -> Any:
    if "actualrevenue" in closing:
        return coerced(_DEAL, _DEAL.columns["actualvalue"], closing["actualrevenue"])
    return row["estimatedvalue"] if row["estimatedvalue"] is not None else row["totalamount"]
