"""On what terms an operation is offered: limits, costs, what is kept; refuses to keep the answer of a command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, Literal

import msgspec
from msgspec import Struct

from kit.door.operation import Cached, Operation
from kit.door.plan import Outage, Plan


class Group(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Operations that share limits of their own."""

    name: str
    """What the limits are called in answers."""
    operations: tuple[str, ...]
    """Operation ids, with * for any."""
    limits: str
    """In slowapi's grammar."""
    cost: int = 1
    """What one call uses up, where `costs` of the product does not say."""
    even: bool = False
    """Whether shares come back evenly; otherwise no stretch of a period sees more than its amount."""
    on_outage: Outage | Literal[""] = ""
    """open, closed or local: what becomes of the limits while they cannot be counted; empty for the product's."""


class Kept(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Operations whose answers may be kept at the door; GET only."""

    operations: tuple[str, ...]
    """Operation ids, with * for any."""
    max_age_s: float
    """Seconds for which an answer is given again."""
    shared: bool = False
    """One answer for everybody with the scope; otherwise each consumer has their own."""
    vary: tuple[str, ...] = ()
    """Header fields that make another answer."""


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a product says about all of its operations."""

    limits: str = ""
    """In slowapi's grammar, for each consumer and group."""
    even: bool = False
    """Whether shares come back evenly; otherwise no stretch of a period sees more than its amount."""
    on_outage: Outage | Literal[""] = ""
    """open, closed or local: what becomes of the limits while they cannot be counted; empty for the policy's."""
    costs: dict[str, int] = {}
    """What one call of an operation uses up, by operation id with * for any; 1 where nothing matches."""
    cache: tuple[Kept, ...] = ()
    """Whose answers may be kept."""
    deadline_s: float = 30.0
    """Seconds until an answer must have begun."""
    group: tuple[Group, ...] = ()
    """Groups with limits of their own."""


def termed(operation: Operation, product: Terms) -> Operation:
    """The operation with the product's terms; the first group, cost and keeping that name it count."""
    own = operation.name.removeprefix(f"{operation.product}.")
    group = next((each for each in product.group if _named(own, each.operations)), None)
    costs = (cost for wanted, cost in product.costs.items() if fnmatchcase(own, wanted))
    kept = next((each for each in product.cache if _named(own, each.operations)), None)
    return replace(
        operation,
        group=group.name if group else operation.group,
        limits=group.limits if group else product.limits,
        even=group.even if group else product.even,
        on_outage=(group.on_outage if group else "") or product.on_outage,
        cost=next(costs, group.cost if group else 1),
        cached=_cached(kept) if kept and operation.method == "GET" else None,
        deadline_s=product.deadline_s,
    )


def read_plans(given: Any) -> tuple[Plan, ...]:
    """The [[plan]] entries, in their order.

    Raises:
        ValueError: one cannot be read, or two have one name.

    """
    try:
        plans = msgspec.convert(given, tuple[Plan, ...])
    except msgspec.ValidationError as fault:
        raise ValueError(f"[[plan]]: {fault}") from None
    if len({plan.name for plan in plans}) != len(plans):
        raise ValueError("two plans have one name")
    return plans


def _named(name: str, wanted: Sequence[str]) -> bool:
    return any(fnmatchcase(name, each) for each in wanted)


def _cached(kept: Kept) -> Cached:
    return Cached(max_age_s=kept.max_age_s, shared=kept.shared, vary=tuple(name.lower() for name in kept.vary))
