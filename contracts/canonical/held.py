"""What a system holds of projects and documents, listed whole: ours under our keys, and what stands beside them."""

from __future__ import annotations

from typing import Annotated

from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Money
from contracts.canonical.posting import BookedDocument


class HeldProject(Noun, frozen=True, kw_only=True):
    """A project as a PSA holds it. One that bears no key of ours is listed too: its `project_id` is empty."""

    project_id: Annotated[str, fact("Our id; empty where the project bears no key of ours", Record.SLUICE)]
    external_id: Annotated[str, fact("The PSA's id", Record.PSA)]
    name: Annotated[str, fact("Name there", Record.PSA)]
    open: Annotated[bool, fact("Whether work may still be done on it", Record.PSA)]
    budget: Annotated[
        Money | None,
        fact("Budget there, where it has one", Record.PSA, classification=Classification.CONFIDENTIAL),
    ] = None
    customer_id: Annotated[str, fact("Our id of the client; empty where the client bears none", Record.SLUICE)] = ""


class HeldProjects(Noun, frozen=True, kw_only=True):
    """A page of projects in the order of the PSA's ids. `cursor` is opaque, and empty on the last page."""

    items: list[HeldProject]
    cursor: str


class HeldDocument(Noun, frozen=True, kw_only=True):
    """An invoice or credit note that an ERP holds for a customer of ours, whoever made it.

    One that bears no key of ours has an empty `document_id`. One that the ERP made from a billing schedule of ours
    names it in `schedule_id`.
    """

    document: BookedDocument
    customer_id: Annotated[str, fact("Our id of who is billed", Record.SLUICE)]
    project_id: Annotated[str, fact("Our id of the project; empty where it names none", Record.SLUICE)] = ""
    schedule_id: Annotated[str, fact("Our id of the schedule it was made from, if any", Record.SLUICE)] = ""


class HeldDocuments(Noun, frozen=True, kw_only=True):
    """A page of documents in the order of the ERP's ids. `cursor` is opaque, and empty on the last page."""

    items: list[HeldDocument]
    cursor: str
