"""The vendor client: deadline, retries with full jitter and a budget, one token refresh at a time, redaction."""

from kit.http.client import VendorClient
from kit.http.limits import Limits
from kit.http.token import Token, bearer

__all__ = ["Limits", "Token", "VendorClient", "bearer"]
