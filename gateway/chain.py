"""The order of the door, in words; refuses an order in which someone needs what nobody earlier gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.config import Config
from gateway.snapshot import Snapshot, SnapshotRefused
from gateway.stores import Stores
from kit.clock import Clock
from kit.door.apikey import KeyBook
from kit.door.openapi import ContractRefused
from kit.door.policy import Chain, Policy
from kit.door.revoked import Revoked
from policies.audit import Audit
from policies.authenticate import Authenticate, Seated, Trust
from policies.authorize import Authorize
from policies.breaker import Breaker
from policies.brownout import Brownout
from policies.cache import Cache
from policies.close_mode import CloseMode
from policies.correlate import Correlate
from policies.cors import Cors
from policies.deadline import Deadline
from policies.exchange import Exchange, Mint
from policies.guard import Guard
from policies.idempotency import Idempotency
from policies.ip import Ip
from policies.limit import Limit
from policies.maintenance import Maintenance
from policies.mask import Mask
from policies.match import Match
from policies.meter import Meter
from policies.origin import Origin
from policies.quota import Quota, QuotaRefused
from policies.receive import Receive
from policies.replay import Replay
from policies.step_up import StepUp
from policies.sunset import Sunset
from policies.throttle import LimitRefused, Throttle
from policies.translate import Translate
from policies.validate import Validate

THRESHOLD: Final[tuple[type[Policy], ...]] = (Audit, Correlate, Guard, Ip, Cors, Limit)
"""Every request passes these, whatever it asks for."""

ORDER: Final[tuple[type[Policy], ...]] = (
    Match,
    Origin,
    Authenticate,
    Authorize,
    Maintenance,
    Sunset,
    Brownout,
    CloseMode,
    Meter,
    Throttle,
    Idempotency,
    Receive,
    Mask,
    Validate,
    StepUp,
    Translate,
    Replay,
    Quota,
    Cache,
    Exchange,
    Deadline,
    Breaker,
)
"""Then these, on the way to a tier. Who looks at the answer does so in the opposite order: it is carried to the
caller's version, held against that version's contract, and then stripped of what the caller may not see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What outlives a snapshot: keys, counts, signer, log."""

    trusted: Mapping[str, Trust]
    stores: Stores
    mint: Mint
    sink: Callable[[bytes], object]
    clock: Clock
    book: KeyBook | None = None
    revoked: Revoked | None = None
    seated: Seated | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A snapshot with the chains compiled for it; swapped in whole."""

    snapshot: Snapshot
    threshold: Chain
    road: Chain
    admission: Chain
    """Who is known, and nothing more: for what the gateway itself is asked."""


def door(snapshot: Snapshot, *, config: Config, memory: Memory) -> Door:
    """Compile the chains.

    Raises:
        SnapshotRefused: a schema or a limit of the snapshot cannot be compiled.
        OrderRefused: the order cannot work, or a policy cannot be shadowed.

    """
    try:
        made = {type(policy): policy for policy in _policies(snapshot, config, memory)}
    except ContractRefused as fault:
        raise SnapshotRefused("contracts/openapi", str(fault)) from None
    except (LimitRefused, QuotaRefused) as fault:
        raise SnapshotRefused("routes.toml", str(fault)) from None
    names = {policy.__name__.lower() for policy in THRESHOLD}
    road_policies = [made[each] for each in ORDER]
    threshold = Chain(
        [made[each] for each in THRESHOLD], shadowed=names.intersection(config.shadow), observers=road_policies
    )
    road = Chain(road_policies, shadowed=set(config.shadow) - names, given=threshold.gives)
    admission = Chain([made[Authenticate]], given=threshold.gives)
    return Door(snapshot=snapshot, threshold=threshold, road=road, admission=admission)


def _policies(snapshot: Snapshot, config: Config, memory: Memory) -> tuple[Policy, ...]:
    own, clock, life, stores = config.policies, memory.clock, snapshot.life, memory.stores
    operations = (*snapshot.operations, *snapshot.versioned)
    cap = config.max_body_bytes
    return (
        Audit(own.audit, sink=memory.sink, clock=clock),
        Correlate(own.correlate),
        Guard(config.guard),
        Ip(own.ip),
        Cors(own.cors),
        Limit(own.limit, body_bytes=cap),
        Match(own.match, router=snapshot.router),
        Origin(own.origin, pages=bool(snapshot.pages)),
        Authenticate(
            own.authenticate,
            trusted=memory.trusted,
            clock=clock,
            book=memory.book,
            revoked=memory.revoked,
            seated=memory.seated,
        ),
        Authorize(own.authorize),
        Maintenance(own.maintenance, rests=life.rests, clock=clock),
        Sunset(own.sunset, lines=life.lines),
        Brownout(own.brownout, lines=life.lines, clock=clock),
        CloseMode(own.close_mode, bound=life.bound, clock=clock),
        Meter(stores.meter),
        Throttle(
            own.throttle,
            operations=(*operations, *snapshot.page_operations),
            counter=stores.counter,
            local=stores.local,
            plans=snapshot.plans,
        ),
        Idempotency(own.idempotency, operations=operations),
        Receive(own.receive, body_bytes=cap),
        Mask(own.mask, operations=operations, hidden=life.hidden, shadow="mask" in config.shadow),
        Validate(own.validate, operations=operations),
        StepUp(own.step_up, asked=life.stepped, clock=clock),
        Translate(own.translate, translations=snapshot.translations),
        Replay(own.replay, replays=stores.replays, local=stores.local_replays),
        Quota(own.quota, plans=snapshot.plans, book=stores.book),
        Cache(own.cache, shelf=stores.shelf),
        Exchange(own.exchange, mint=memory.mint, clock=clock),
        Deadline(own.deadline, clock=clock),
        Breaker(stores.breakers),
    )
