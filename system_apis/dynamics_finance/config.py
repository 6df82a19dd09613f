"""Where the environment is, who we are to it, and how our words map to its companies and set-up."""

from typing import Literal

from msgspec import Struct, field

from kit.settings import Secret


class Sets(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Public names of entity sets that no public list confirms; they stand in the environment's `$metadata`."""

    contracts: str = "ProjectContractHeaders"
    """Project contracts (`ProjProjectContractHeaderEntity`)."""
    contract_lines: str = "ProjectContractLines"
    """Lines of project contracts (`ProjProjectContractLineEntity`)."""
    milestones: str = "ProjectOnAccountTransactions"
    """On-account transactions (`ProjForecastOnAccEntity`)."""
    invoices: str = "FreeTextInvoiceHeaders"
    """Free text invoices."""
    invoice_lines: str = "FreeTextInvoiceLines"
    """Lines of free text invoices."""
    transactions: str = "CustomerTransactions"
    """Posted customer transactions with what of them is settled."""


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one Dynamics 365 Finance connection."""

    base_url: str
    """Scheme and host of the environment, for example `https://contoso.operations.dynamics.com`."""
    login_url: str = "https://login.microsoftonline.com"
    """Address of Entra, without a path; national clouds have their own."""
    tenant_id: str
    """The directory in which our application is registered."""
    client_id: str
    """Our application; it is registered a second time inside the environment, with a user."""
    client_secret: Secret
    """The application's secret."""
    deployment: Literal["finance", "integrated"] = "finance"
    """Who is master of projects: Finance itself, or Dataverse by dual-write, where this room writes none."""
    companies: dict[str, str]
    """Our legal entities, each with the company (`dataAreaId`) that stands for it."""
    sets: Sets = field(default_factory=Sets)
    """Names of entity sets, where the environment has others."""
    customer_group: str = "80"
    """Customer group of customers that we make."""
    project_group: str = "FP"
    """Project group of projects that we make."""
    item_tax_group: str = "SERV"
    """Item sales tax group of services."""
    revenue_account: str = "401100"
    """Main account that invoice lines post to."""
    posting_wait_s: float = 20.0
    """Seconds to wait for the environment's posting job before the caller is told to come again."""
    posting_poll_s: float = 1.0
    """Seconds between two looks at a document that waits for the posting job."""
    concurrency: int = 4
    """Requests in flight at once."""
    deadline_s: float = 30.0
    """Seconds one call may take with all its attempts."""

    @property
    def origin(self) -> str:
        """Scheme and host without a slash at the end."""
        return self.base_url.rstrip("/")
