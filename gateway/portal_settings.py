"""The portal's settings; unknown ones are refused."""

from __future__ import annotations

from msgspec import Struct

from kit.settings import Secret


class SignIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The portal as a client of an OpenID provider: authorization code with PKCE."""

    issuer: str
    """One of the gateway's issuers, letter by letter."""
    client_id: str
    """What the provider calls us."""
    client_secret: Secret = Secret("")
    """Empty for a public client."""
    scope: str = "openid"
    """What is asked for; the access token has to be one the gateway takes."""
    resource: str = ""
    """Resource indicator (RFC 8707), where the provider needs one to issue a token for the gateway."""
    redirect_url: str
    """Our callback as the provider knows it: .../portal/signin/callback."""


class PortalSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the portal offers."""

    open: bool = True
    """Whether there is a portal at all."""
    session_s: int = 3_600
    """How long somebody stays signed in."""
    sandbox: str = ""
    """Where operations may be tried: the address of a sandbox's gateway, "self" for this one, empty for nowhere."""
    sign_in: SignIn | None = None
    """The OpenID provider people sign in with; without one they show an access token."""
    development_issuer: str = ""
    """Address of the development issuer: its people may sign in by name. Never set in production."""
    people: tuple[str, ...] = ()
    """Names offered there."""
