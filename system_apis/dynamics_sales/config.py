"""Where the environment is and who we are to it."""

from __future__ import annotations

from msgspec import Struct

from kit.settings import Secret


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one Dynamics 365 Sales connection."""

    base_url: str
    """Address of the environment's Web API, without a path: https://contoso.api.crm4.dynamics.com."""
    resource: str = ""
    """Address of the environment that tokens are asked for; that of the Web API unless said."""
    login_url: str = "https://login.microsoftonline.com"
    """Address of Entra, without a path; national clouds have their own."""
    tenant_id: str
    """The directory in which our application is registered."""
    client_id: str
    """Our application; an application user stands for it in the environment."""
    client_secret: Secret
    """The application's secret."""
    base_currency: str
    """ISO code of the environment's base currency, which holds for rows that name none."""
    api_version: str = "v9.2"
    """Version of the Web API; the vendor has only ever added to it."""
    page_rows: int = 500
    """Rows of one page, up to 5,000, where lines, rates and staffing of a deal are read."""
    deadline_s: float = 30.0
    """Seconds one call may take with all its attempts."""
    concurrency: int = 4
    """Calls in flight at once; the vendor allows 52 for each user."""
