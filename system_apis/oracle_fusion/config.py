"""Where the pod is, who we are to it, and how our words map to its set-up."""

from msgspec import Struct

from kit.settings import Secret


class Company(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands for one of our legal entities."""

    business_unit: str
    """Business unit that sells and bills for it."""
    legal_entity: str
    """Its LegalEntityIdentifier."""
    organization: str
    """Organization that owns its projects."""


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one Fusion connection."""

    base_url: str
    """Scheme and host of the pod, for example `https://abcd.fa.em2.oraclecloud.com`."""
    identity_url: str
    """Scheme and host of the identity domain that grants tokens for the pod."""
    client_id: str
    """Confidential application in the identity domain."""
    client_secret: Secret
    """Its secret."""
    private_key: Secret
    """Private key, PEM, of the certificate that the application trusts for assertions."""
    certificate_alias: str
    """Alias under which the identity domain knows that certificate."""
    user: str
    """User of the pod as whom we act; its roles are ours."""
    scope: str
    """Scope that names the pod as a resource."""
    companies: dict[str, Company]
    """Our legal entities by our code."""
    tax_codes: dict[str, str]
    """Our tax codes to tax classification codes of the pod."""
    framework_version: int = 4
    """REST framework version, pinned: 4 is the first with structured errors."""
    source: str = "SLUICE"
    """Source system, transaction source with manual numbers, and source of projects and events: all of this name."""
    contract_source: str = "Contract Invoices"
    """Transaction source of invoices that the pod generates from contracts."""
    project_template: str = "SLUICE_TEMPLATE"
    """Template that projects are made from."""
    contract_type: str = "Sell: Project Lines"
    """Type of contracts."""
    event_type: str = "Sluice Billing"
    """Type of billing events."""
    invoice_type: str = "Invoice"
    """Transaction type of invoices."""
    credit_type: str = "Credit Memo"
    """Transaction type of on-account credit memos; it allows lines of either sign."""
    payment_terms: str = "IMMEDIATE"
    """Payment terms; the due date is said beside them."""
    most_lines: int = 10_000
    """Lines of one schedule: all of them are one batch, which must be done before the pod's own time-out."""
    page: int = 500
    """Rows asked for at once; the pod cuts what is more than it grants."""
    concurrency: int = 4
    """Requests in flight at once; Oracle publishes no limit, so this is ours."""
    deadline_s: float = 60.0
    """Seconds one call may take with all its attempts."""

    @property
    def origin(self) -> str:
        """Scheme and host without a slash at the end."""
        return self.base_url.rstrip("/")
