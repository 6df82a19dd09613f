"""Where the tenant is, who we are to each of its services, and how our words map to its customizing."""

from typing import Literal

from msgspec import Struct, field

from kit.settings import Secret

Area = Literal["partners", "projects", "sales", "billing", "ledger"]


class Credential(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The inbound user of one communication arrangement: basic, or OAuth 2.0 client credentials."""

    user: str = ""
    """Communication user, for basic authentication."""
    password: Secret = Secret("")
    """Its password."""
    client_id: str = ""
    """OAuth client, where the arrangement wants a token."""
    client_secret: Secret = Secret("")
    """Its secret."""

    def __post_init__(self) -> None:
        """Refuse a credential of both kinds, or of none."""
        if bool(self.user) == bool(self.client_id):
            raise ValueError("a credential has either a user or a client_id")


class Company(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands for one of our legal entities."""

    company_code: str
    """Company code, four characters."""
    sales_organization: str
    """Sales organization that sells for it."""
    cost_center: str
    """Cost center responsible for its projects; SAP takes the company code of a project from it."""
    distribution_channel: str = "10"
    """Distribution channel of the sales area."""
    division: str = "00"
    """Division of the sales area."""


class TaxCode(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By what SAP determines one of our tax codes: where the service departs from, and how it is classified."""

    country: str
    """Country of departure, ISO 3166-1 alpha-2; it may be abroad, where the company is registered for tax."""
    classification: str
    """Tax classification of customer and product, one character."""


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one S/4HANA connection."""

    base_url: str
    """Scheme and host, for example `https://my300000-api.s4hana.cloud.sap`."""
    inbound: Credential
    """The communication user of every arrangement that has none of its own below."""
    arrangements: dict[Area, Credential] = field(default_factory=dict)
    """Credentials of single areas, where their arrangements differ."""
    companies: dict[str, Company]
    """Our legal entities by our code."""
    tax_codes: dict[str, TaxCode]
    """Our tax codes; SAP has no service that lists its own by what they mean."""
    currencies: list[str] = []
    """Currencies of documents beside those of the companies."""
    product: str = "SLUICE-SERVICES"
    """The service product that every item sells."""
    partner_grouping: str = "BPEE"
    """Grouping of business partners with an alphanumeric external number range, S000000000 to SZZZZZZZZZ."""
    identification_type: str = "SLUICE"
    """Identification type under which a business partner bears our id."""
    project_profile: str = "YP05"
    """Profile of customer projects."""
    released_status: str = "10"
    """Processing status of a project that takes postings."""
    closed_status: str = "40"
    """Processing status of a project that takes none."""
    reconciliation_account: str = "12100000"
    """Receivables account of customers."""
    billing_block: str = "08"
    """Billing block that a draft stands under until it is posted."""
    rejection_reason: str = "00"
    """Reason for rejection that closes an item."""
    due_terms: str = "0001"
    """Payment terms without days; the due date is given as the fixed value date."""
    service_unit: str = "EA"
    """Unit of measure of items."""
    concurrency: int = 4
    """Requests in flight at once, for each arrangement."""
    deadline_s: float = 30.0
    """Seconds one call may take with all its attempts."""

    @property
    def origin(self) -> str:
        """Scheme and host without a slash at the end."""
        return self.base_url.rstrip("/")
