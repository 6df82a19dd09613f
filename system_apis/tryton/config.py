"""Where Tryton is, whose key we hold, and which of its accounts we book to."""

from msgspec import Struct

from kit.settings import Secret


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one Tryton database. Its administrator should set `[request] max_size` to 16 MiB for long plans."""

    base_url: str
    """Scheme, host and port of the server."""
    database: str
    """Name of the database; it is the first part of every path."""
    key: Secret
    """Key of a user application `rest`; it acts with that user's groups and never expires.

    The user needs every company that sells, with the company filter `all`: with `one` it sees a single company's books.
    """
    login: str = "sluice"
    """Login of that user: documents it made are ours, all others are let be."""
    receivable_account: str = "1.2.1"
    """Code of the account that customers owe on, in every company's chart."""
    revenue_account: str = "4.2.2"
    """Code of the account that services are earned on, in every company's chart."""
    journal: str = "REV"
    """Code of the journal that customer documents are booked in."""
    hierarchy: str = "Subsidiary of"
    """Name of the relation type that ties a customer to its parent."""
    open_status: str = "Open"
    """Name of the work status of a project that is under way."""
    closed_status: str = "Done"
    """Name of the work status of a project that is closed."""
    concurrency: int = 2
    """Requests in flight at once; documents are posted one after the other in any case."""
    deadline_s: float = 30.0
    """Seconds one call may take with all its attempts."""
    overlap_s: float = 5.0
    """Seconds the feed reads again, for a change bears the time at which its transaction began."""
