"""What is read of each role: a small table. A role that is not in it has those reads that ask for nothing."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Final

from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import Money
from contracts.canonical.party import Address, Customer, TaxProfile
from contracts.canonical.project import Phase, Project
from contracts.canonical.rates import RateCard, RateEntry
from contracts.port import operations
from contracts.system.psa import PsaProject
from kit.cli.story import play, script
from kit.tier import Manifest
from kit.tier.documents import contract_of

KEY: Final = "bench"
_STARTS: Final = dt.date(2027, 1, 4)
_ENDS: Final = dt.date(2027, 2, 26)


@dataclass(frozen=True)
class Read:
    """One read by its name; `key` is what a client of others needs to read the same, empty where none does."""

    name: str
    call: Callable[[], Awaitable[object]]
    key: str = ""


@dataclass(frozen=True)
class Stage:
    """A connection that stands: the typed caller of its role, and the vendor's own screen."""

    role: Any
    vendor: Manifest
    url: str
    person: dict[str, str]


async def reads_of(role: str, stage: Stage) -> list[Read]:
    """Enter what has to be there, and say what is read of it; the first is what clients of others read too."""
    prepared = [await PREPARED[role](stage)] if role in PREPARED else []
    return [*prepared, *plain_reads(role, stage.role)]


def plain_reads(role: str, caller: Any) -> list[Read]:
    """Reads of a contract that ask for nothing; what a connection can do is no call to the vendor."""
    found = []
    for operation in operations(contract_of("system", role)):
        _, *asked = inspect.signature(operation.function).parameters.values()
        open_ended = all(parameter.default is not inspect.Parameter.empty for parameter in asked)
        if operation.endpoint.reads and open_ended and operation.name != "capabilities":
            found.append(Read(operation.name, getattr(caller, operation.name)))
    return found


async def _deal(stage: Stage) -> Read:
    """The won deal of the story, with lines, milestones, rates and demand."""
    steps = script(stage.vendor.path / "fixtures" / "won_deal.json")
    deal = str((await play(steps, base_url=stage.url, headers=stage.person))["opportunity"]["id"])
    return Read("opportunity", partial(stage.role.opportunity, opportunity_id=deal), key=deal)


async def _customer(stage: Stage) -> Read:
    """A customer by our key."""
    await stage.role.put_customer(customer_id=CUSTOMER.customer_id, legal_entity_id="SG-DE", body=CUSTOMER)
    call = partial(stage.role.customer, customer_id=CUSTOMER.customer_id)
    return Read("customer", call, key=CUSTOMER.customer_id)


async def _project(stage: Stage) -> Read:
    """A workspace with one phase, by our key."""
    client = await stage.role.put_client(customer_id=CUSTOMER.customer_id, body=CUSTOMER)
    card = await stage.role.publish_rate_card(rate_card_id=f"rc-{KEY}", body=_CARD)
    body = PsaProject(project=_PROJECT, client_external_id=client.external_id, rate_card_external_id=card.external_id)
    await stage.role.put_project(project_id=_PROJECT.project_id, body=body)
    return Read("project", partial(stage.role.project, project_id=_PROJECT.project_id), key=_PROJECT.project_id)


PREPARED: Final[dict[str, Callable[[Stage], Awaitable[Read]]]] = {"crm": _deal, "erp": _customer, "psa": _project}
CUSTOMER: Final = Customer(
    customer_id=f"cus-{KEY}",
    name="Hansewerk Reederei GmbH",
    address=Address(country="DE", city="Hamburg", postal_code="20457"),
    currency="EUR",
    tax=TaxProfile(tax_code="DE-S-19"),
)
_BUDGET: Final = Money(amount=Decimal("120000.00"), currency="EUR")
_RATE: Final = RateEntry(
    role="Cloud Architect", country="DE", hourly_rate=Decimal("185.00"), effective_from=dt.date(2026, 12, 1)
)
_CARD: Final = RateCard(name="Hansewerk 2026", currency="EUR", entries=[_RATE])
_PROJECT: Final = Project(
    project_id=f"prj-{KEY}",
    name="Hansewerk cloud migration",
    customer_id=CUSTOMER.customer_id,
    legal_entity_id="SG-DE",
    service_line="MANAGED-CLOUD",
    delivery_owner="dana.okafor@sluicegate.example",
    starts_on=_STARTS,
    ends_on=_ENDS,
    currency="EUR",
    budget=_BUDGET,
    phases=[
        Phase(
            phase_id=f"phs-{KEY}-1",
            name="Migration",
            starts_on=_STARTS,
            ends_on=_ENDS,
            country="DE",
            method=BillingMethod.FIXED_FEE,
            budget=_BUDGET,
        )
    ],
)
