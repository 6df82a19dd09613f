"""What the process may be told; which connection serves crm, erp and psa stands in the room's `connections`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from msgspec import Meta, Struct

Moment = Annotated[dt.datetime, Meta(tz=True)]
Positive = Annotated[float, Meta(gt=0)]


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of quote to project."""

    feed: bool = True
    """Whether the worker follows the CRM for won deals; without it cases are started by hand."""
    since: Moment | None = None
    """Changes of deals before this moment start nothing: what was won earlier was provisioned by hand."""
    poll_s: Positive = 15.0
    """Seconds between two looks at the CRM's changes."""
    poll_most_s: Positive = 300.0
    """Seconds to which the pause grows while the CRM does not answer."""
    page: Annotated[int, Meta(ge=1, le=1000)] = 200
    """Changes asked for at once."""
    approval_due_h: Positive = 48.0
    """Hours a role has to decide on a sale across a border, on special terms or on a credit."""
    service_lines: tuple[str, ...] = ()
    """Codes of the service lines that may be sold; none given means that any code is taken."""
    payment_terms: tuple[str, ...] = ()
    """Codes of the firm's own payment terms; others need the contract role. None given means that any is taken."""
