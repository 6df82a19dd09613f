"""The gateway's settings; unknown ones are refused."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from gateway.balance import Balance
from gateway.identity import IdentitySettings
from gateway.mirror import Mirror
from gateway.portal_settings import PortalSettings
from gateway.retry import Retry
from gateway.stores import Storing
from gateway.watch import Watching
from kit.door.jwks import Timing
from policies import (
    audit,
    authenticate,
    authorize,
    breaker,
    brownout,
    cache,
    close_mode,
    correlate,
    cors,
    deadline,
    exchange,
    guard,
    idempotency,
    ip,
    limit,
    maintenance,
    mask,
    match,
    meter,
    origin,
    quota,
    receive,
    replay,
    step_up,
    sunset,
    throttle,
    translate,
    validate,
)
from policies.authenticate import Issuer


class Policies(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each policy's own settings, under its name."""

    audit: audit.Config = field(default_factory=audit.Config)
    """The decision log."""
    correlate: correlate.Config = field(default_factory=correlate.Config)
    """Trace and request ids."""
    ip: ip.Config = field(default_factory=ip.Config)
    """Who is let in by address."""
    cors: cors.Config = field(default_factory=cors.Config)
    """Which pages of the web may call."""
    limit: limit.Config = field(default_factory=limit.Config)
    """Sizes; the cap of a body is `max_body_bytes`."""
    match: match.Config = field(default_factory=match.Config)
    """Finding the operation."""
    origin: origin.Config = field(default_factory=origin.Config)
    """Forms of other sites."""
    authenticate: authenticate.Config = field(default_factory=authenticate.Config)
    """Verifying tokens."""
    authorize: authorize.Config = field(default_factory=authorize.Config)
    """Scopes."""
    maintenance: maintenance.Config = field(default_factory=maintenance.Config)
    """Announced rests of products."""
    sunset: sunset.Config = field(default_factory=sunset.Config)
    """Versions and their end."""
    brownout: brownout.Config = field(default_factory=brownout.Config)
    """Rehearsals of a version's end."""
    close_mode: close_mode.Config = field(default_factory=close_mode.Config)
    """Closing the books."""
    throttle: throttle.Config = field(default_factory=throttle.Config)
    """What happens when counting fails."""
    meter: meter.Config = field(default_factory=meter.Config)
    """Counting who uses what."""
    quota: quota.Config = field(default_factory=quota.Config)
    """Units of the day, month or year."""
    idempotency: idempotency.Config = field(default_factory=idempotency.Config)
    """Keys of commands."""
    receive: receive.Config = field(default_factory=receive.Config)
    """Reading bodies; their cap is `max_body_bytes`."""
    mask: mask.Config = field(default_factory=mask.Config)
    """Leaving out what a caller may not see."""
    validate: validate.Config = field(default_factory=validate.Config)
    """Holding requests and answers against contracts."""
    step_up: step_up.Config = field(default_factory=step_up.Config)
    """Asking once more who is there."""
    translate: translate.Config = field(default_factory=translate.Config)
    """Carrying requests and answers between versions."""
    replay: replay.Config = field(default_factory=replay.Config)
    """Answering a command again."""
    cache: cache.Config = field(default_factory=cache.Config)
    """Keeping answers."""
    deadline: deadline.Config = field(default_factory=deadline.Config)
    """How long a caller waits."""
    breaker: breaker.Config = field(default_factory=breaker.Config)
    """When a tier is left alone."""
    exchange: exchange.Config = field(default_factory=exchange.Config)
    """The token for the tier."""


class Onward(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How tiers are spoken to; seconds."""

    connect_s: float = 2.0
    """To connect to a tier."""
    idle_s: float = 30.0
    """Between two pieces of an answer or of a body."""
    pool_s: float = 2.0
    """To wait for a free connection."""
    connections: int = 256
    """To all tiers together."""
    keep_alive_s: float = 4.0
    """A free connection is kept for; shorter than tiers keep theirs, so that they seldom close one being taken."""
    client: Literal["pool", "httpx"] = "pool"
    """Our own connections, or httpx's: see docs/decisions/0010."""
    ca_file: str = ""
    """PEM file of the authorities that vouch for tiers on https; empty for the system's."""
    held_bytes: int = 65_536
    """Answers of a declared length up to this are read whole first, so that one cut short is still a 502."""
    edited_bytes: int = 8_388_608
    """Answers that a policy must look into are read whole up to this; a larger one is refused with 502."""


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the door needs to know."""

    upstreams: dict[str, str]
    """Base URL of each tier: experience, process, system."""
    issuers: tuple[Issuer, ...] = ()
    """Identity providers whose tokens are taken."""
    trusted_hops: int = 0
    """Proxies of our own before the gateway."""
    max_body_bytes: int = 1_048_576
    """Most bytes of a body."""
    routes: str = ""
    """Path of another routes.toml, where applied ones are kept too; empty for the one beside this file, left alone."""
    documents: str = ""
    """Folder of the published documents, read again at each swap; empty keeps those given at the start."""
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    """Our own tokens and the keys of partners."""
    portal: PortalSettings = field(default_factory=PortalSettings)
    """What developers are shown."""
    watch: Watching = field(default_factory=Watching)
    """When a new snapshot is looked for."""
    decision_log: str = ""
    """Path of the file decisions are appended to; empty for standard error."""
    shadow: tuple[str, ...] = ()
    """Policies that decide and are noted, but let pass."""
    keys: Timing = field(default_factory=Timing)
    """When issuers are asked for their keys."""
    policies: Policies = field(default_factory=Policies)
    """Each policy's own settings."""
    onward: Onward = field(default_factory=Onward)
    """How tiers are spoken to."""
    balance: dict[str, Balance] = {}
    """Tiers with several addresses, by name."""
    retry: Retry = field(default_factory=Retry)
    """When tiers are asked again."""
    mirror: dict[str, Mirror] = {}
    """Tiers whose reads are copied to another address, by name."""
    storing: Storing = field(default_factory=Storing)
    """Where limits, quotas and replays are counted for all processes."""

    @property
    def guard(self) -> guard.Config:
        """The guard's settings, drawn from ours."""
        return guard.Config(trusted_hops=self.trusted_hops)
