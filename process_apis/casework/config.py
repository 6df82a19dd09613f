"""What casework may be told; who may decide and fix what stands in `access.py`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from process_apis.casework.digest import Digests


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of casework."""

    four_eyes: bool = False
    """Whether somebody else must decide than who answered an exception of the same case."""
    escalate_s: Annotated[float, Meta(gt=0)] = 30.0
    """Seconds between two looks of the worker at what is overdue; the moment itself stands with each thing."""
    digests: Digests | None = None
    """Mails to whoever has to decide; none unless it is said."""
