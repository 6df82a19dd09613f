"""Where the NetSuite account is, who we are to it, and how it was set up for us."""

from typing import Literal

from msgspec import Struct

from kit.settings import Secret

Algorithm = Literal["ES256", "ES384", "ES512", "PS256", "PS384", "PS512"]


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one NetSuite connection."""

    account: str
    """Account id as NetSuite writes it, for example `1234567` or `1234567_SB1`."""
    client_id: str
    """Client id of the integration record."""
    certificate_id: str
    """Id that NetSuite gave the uploaded certificate; it names the entity and the role we act as."""
    private_key: Secret
    """Private key of that certificate, PEM."""
    algorithm: Algorithm = "ES256"
    """How the assertion is signed: ES* for an elliptic-curve key, PS* for an RSA key. RS256 is refused by NetSuite."""
    base_url: str = ""
    """Scheme and host of the account's services; empty means the host that follows from the account id."""
    service_item: str = "SLUICE-SERVICES"
    """External id of the service item that every order line sells."""
    project_open_status: str = "2"
    """Internal id of the project status set on opening (the account's list; 2 is In Progress as delivered)."""
    project_closed_status: str = "1"
    """Internal id of the project status set on closing (1 is Closed as delivered)."""
    concurrency: int = 4
    """Requests in flight at once. The account's pool is shared with every other integration."""
    deadline_s: float = 30.0
    """Seconds one call may take with all its attempts."""

    @property
    def origin(self) -> str:
        """Scheme and host: lower case, with a hyphen where the account id has an underscore."""
        host = f"{self.account.lower().replace('_', '-')}.suitetalk.api.netsuite.com"
        return self.base_url.rstrip("/") or f"https://{host}"
