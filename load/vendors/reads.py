"""What is read of each role: a small table. A role that is not in it has those reads that ask for nothing."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from contracts.port import operations
from contracts.system.psa import PsaProject
from kit.cli.story import play, script
from kit.tier import Manifest
from kit.tier.documents import contract_of
from load.vendors import samples
from load.vendors.samples import CUSTOMER, KEY


@dataclass(frozen=True)
class Read:
    """One read by its name; `key` is what a client of others needs to read the same, empty where none does.

    `asked` is what the contract's method takes; `vendor_id` is the vendor's own id or number of what is read, for
    clients that can ask by nothing else.
    """

    name: str
    call: Callable[[], Awaitable[object]]
    key: str = ""
    vendor_id: str = ""
    asked: dict[str, str] = field(default_factory=dict)


def by_key(role: Any, name: str, *, key: str, vendor_id: str = "", **asked: str) -> Read:
    """A read of one thing, that others can read too."""
    return Read(name, partial(getattr(role, name), **asked), key, vendor_id, asked)


@dataclass(frozen=True)
class Stage:
    """A connection that stands: the typed caller of its role, and the vendor's own screen."""

    role: Any
    vendor: Manifest
    url: str
    person: dict[str, str]


async def reads_of(role: str, stage: Stage) -> list[Read]:
    """Enter what has to be there, and say what is read of it; the first is what clients of others read too.

    What the vendor's manifest says that it lacks is nobody's to measure.
    """
    prepared = [await PREPARED[role](stage)] if role in PREPARED else []
    names = {read.name for read in prepared}.union(stage.vendor.facts.get("lacks", ()))
    return [*prepared, *(read for read in plain_reads(role, stage.role) if read.name not in names)]


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
    return by_key(stage.role, "opportunity", key=deal, opportunity_id=deal)


async def _customer(stage: Stage) -> Read:
    """A customer by our key."""
    made = await stage.role.put_customer(customer_id=CUSTOMER.customer_id, legal_entity_id="SG-DE", body=CUSTOMER)
    key = CUSTOMER.customer_id
    return by_key(stage.role, "customer", key=key, vendor_id=made.external_id, customer_id=key)


async def _project(stage: Stage) -> Read:
    """A workspace with one phase, by our key."""
    project = samples.PROJECT
    client = await stage.role.put_client(customer_id=CUSTOMER.customer_id, body=CUSTOMER)
    card = await stage.role.publish_rate_card(rate_card_id=f"rc-{KEY}", body=samples.CARD)
    body = PsaProject(project=project, client_external_id=client.external_id, rate_card_external_id=card.external_id)
    await stage.role.put_project(project_id=project.project_id, body=body)
    return by_key(stage.role, "project", key=project.project_id, project_id=project.project_id)


async def _envelope(stage: Stage) -> Read:
    """An envelope that waits for its signer, by our key."""
    key = f"env-{KEY}"
    await stage.role.send_envelope(envelope_id=key, body=samples.SIGNING)
    return by_key(stage.role, "envelope", key=key, envelope_id=key)


async def _document(stage: Stage) -> Read:
    """What is known of a document in a folder, by our key."""
    key, wish = f"doc-{KEY}", samples.DOCUMENT
    await stage.role.put_folder(folder_id=wish.folder_id, body=samples.FOLDER)
    await stage.role.put_document(document_id=key, body=wish)
    return by_key(stage.role, "document", key=key, document_id=key)


async def _ticket(stage: Stage) -> Read:
    """A ticket on a board, by our key."""
    board, key = f"brd-{KEY}", f"tkt-{KEY}"
    await stage.role.put_board(board_id=board, body=samples.BOARD)
    made = await stage.role.put_ticket(board_id=board, ticket_id=key, body=samples.TICKET)
    return by_key(stage.role, "ticket", key=key, vendor_id=made.number, board_id=board, ticket_id=key)


async def _cost_rates(stage: Stage) -> Read:
    """What the hours of everybody cost, from the day of each rate; nothing is entered, people stand there already."""
    return by_key(stage.role, "cost_rates", key="cost_rates")


async def _taxed(stage: Stage) -> Read:
    """A document with its tax as it is kept, by our key."""
    key, body = f"inv-{KEY}", samples.TAXED
    await stage.role.record(document_id=key, body=body)
    return by_key(stage.role, "document", key=key, document_id=key, legal_entity_id=body.legal_entity_id)


PREPARED: Final[dict[str, Callable[[Stage], Awaitable[Read]]]] = {
    "crm": _deal,
    "documents": _document,
    "erp": _customer,
    "hr": _cost_rates,
    "psa": _project,
    "signatures": _envelope,
    "tax": _taxed,
    "tickets": _ticket,
}
