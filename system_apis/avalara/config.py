"""Where the account is, who we are to it, and which of its companies each of our legal entities is."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from contracts.canonical.jurisdictions import AddressQuality
from kit.settings import Secret


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one AvaTax connection."""

    base_url: str
    """`https://rest.avatax.com`, or `https://sandbox-rest.avatax.com` for trials."""
    account_id: str
    """Number of the account."""
    license_key: Secret
    """License key of the account; a new one ends the old at once."""
    companies: dict[str, str]
    """Company code at the vendor for each of our legal entities; one that is not named is unknown here."""
    quality_floor: AddressQuality = AddressQuality.STREET
    """How closely an address must be located to be relied on."""
    app_name: str = "sluice"
    """How we name ourselves to the vendor."""
    machine_name: str = "sluice"
    """How we name the machine to the vendor."""
    deadline_s: Annotated[float, Meta(gt=0)] = 25.0
    """Seconds one call may take with all its attempts."""
    concurrency: Annotated[int, Meta(ge=1)] = 4
    """Calls in flight at once."""
