"""Where the library is, who we are to it, and which groups may be let in."""

from __future__ import annotations

from msgspec import Struct, field

from kit.settings import Secret


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one document library in SharePoint."""

    base_url: str = "https://graph.microsoft.com"
    """Address of Microsoft Graph, without a path; national clouds have their own."""
    content_url: str
    """Address of the tenant's SharePoint, without a path: https://contoso.sharepoint.com. Content goes there."""
    resource: str = "https://graph.microsoft.com"
    """What tokens are asked for; that of a national cloud differs with its address."""
    login_url: str = "https://login.microsoftonline.com"
    """Address of Entra, without a path."""
    tenant_id: str
    """The directory in which our application is registered."""
    client_id: str
    """Our application, with `Sites.ReadWrite.All`, or `Sites.Selected` and a grant on the site."""
    client_secret: Secret
    """The application's secret."""
    drive_id: str
    """The library's drive, as `GET /sites/{hostname}:/{path}:/drives` tells it."""
    groups: dict[str, str] = field(default_factory=dict)
    """Groups that a folder may be opened to: name in our calls, object id in Entra."""
    column_prefix: str = "Sluice"
    """What the names of our columns begin with: SluiceKey, SluiceProject and so on."""
    api_version: str = "v1.0"
    """Version of Graph."""
    session_from_bytes: int = 4 * 1024 * 1024
    """Content of this size and more goes by an upload session."""
    piece_bytes: int = 10 * 320 * 1024
    """Bytes of one piece of an upload session, a multiple of 327,680."""
    deadline_s: float = 30.0
    """Seconds one call may take with all its attempts."""
    concurrency: int = 4
    """Calls in flight at once."""

    def __post_init__(self) -> None:
        """Refuse pieces that the vendor could not put together."""
        if self.piece_bytes < _PIECE_STEP or self.piece_bytes % _PIECE_STEP:
            raise ValueError("piece_bytes has to be a multiple of 327680")


_PIECE_STEP = 320 * 1024
