"""Filing: folders and documents of a project in the firm's document space, under our keys."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, field

from contracts.canonical.field import Classification, Command, Noun, Record, fact

LARGEST_CONTENT_BYTES: Final = 6 * 1024 * 1024
"""Bytes of content that one call may carry, before base64; the door may allow its callers less."""
LONGEST_KEY: Final = 200
"""Characters of a key."""

FilingKey = Annotated[
    str,
    Meta(
        description="Our key of a folder or document: letters, digits and . _ : -",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$",
    ),
]
FilingName = Annotated[
    str, fact("Name as people read it", Record.SLUICE, example="P-1001 Northwind France", max_length=240)
]


class FiledKind(StrEnum):
    """What a document is for."""

    STATEMENT_OF_WORK = "statement_of_work"
    CHANGE_ORDER = "change_order"
    ACCEPTANCE = "acceptance"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    OTHER = "other"


class AccessRole(StrEnum):
    """What a group may do with what lies in a folder."""

    READ = "read"
    WRITE = "write"


class FilingSubject(Noun, frozen=True, kw_only=True):
    """What a folder or document is about, by our ids; None where it does not apply."""

    customer_id: Annotated[str | None, fact("Customer", Record.SLUICE, example="cus-4711")] = None
    project_id: Annotated[str | None, fact("Project", Record.SLUICE, example="prj-1001")] = None
    deal_id: Annotated[str | None, fact("Deal", Record.CRM, example="0061v00000A1b2c")] = None


class FolderWish(Command, frozen=True, kw_only=True):
    """A folder that should stand. Its name counts when it is made; a name that people gave it later stays.

    Characters that the system takes in no name are replaced; the answer tells the name that stands.
    """

    name: FilingName
    parent_id: Annotated[str | None, fact("Key of the folder it lies in; None for the top", Record.SLUICE)] = None
    subject: FilingSubject = FilingSubject()


class Folder(Noun, frozen=True, kw_only=True):
    """A folder as it stands."""

    folder_id: FilingKey
    external_id: Annotated[str, fact("The vendor's id", Record.SLUICE)]
    name: FilingName
    parent_external_id: Annotated[str | None, fact("The vendor's id of the folder it lies in", Record.SLUICE)] = None
    subject: FilingSubject = FilingSubject()
    web_url: Annotated[str, fact("Where people open it", Record.SLUICE)] = ""
    created: Annotated[bool, fact("False when it stood there before this call", Record.SLUICE)] = False


class GroupAccess(Noun, frozen=True, kw_only=True):
    """One group of the firm and what it may do."""

    group: Annotated[
        str,
        fact(
            "Name of the group, as the connection's settings know it",
            Record.SLUICE,
            classification=Classification.CONFIDENTIAL,
            example="delivery",
        ),
    ]
    role: Annotated[AccessRole, fact("What it may do", Record.SLUICE)]


class FolderAccess(Noun, frozen=True, kw_only=True):
    """Who may open a folder: what is granted on it or comes from above, which systems do not always tell apart.

    `others` counts grants to people, links or groups that the settings do not name.
    """

    groups: Annotated[list[GroupAccess], fact("Groups with access, by name", Record.SLUICE)]
    others: Annotated[int, fact("Further grants", Record.SLUICE, unit="grants")] = 0


class AccessWish(Command, frozen=True, kw_only=True):
    """The groups that may open a folder, and nobody else; a group named twice, or none at all, is refused."""

    groups: Annotated[list[GroupAccess], Meta(min_length=1, max_length=50)]


class DocumentWish(Command, frozen=True, kw_only=True):
    """A document that should stand in a folder. Name and folder count when it is made; content always.

    Content travels as base64. Characters that the system takes in no name are replaced.
    """

    folder_id: FilingKey
    name: FilingName
    kind: Annotated[FiledKind, fact("What it is for", Record.SLUICE)]
    content: Annotated[
        bytes,
        fact(
            "The bytes of the file, at most 6 MiB",
            Record.SLUICE,
            classification=Classification.CONFIDENTIAL,
            example="JVBERi0xLjcK",
            max_length=LARGEST_CONTENT_BYTES,
        ),
    ]
    media_type: Annotated[
        str, fact("Media type of the content", Record.SLUICE, pattern=r"^[\w.+-]+/[\w.+-]+$", max_length=100)
    ] = "application/pdf"
    subject: FilingSubject = FilingSubject()


class Document(Noun, frozen=True, kw_only=True):
    """A document as it stands, without its content.

    `sha256` is that of the content we filed last; `altered` says that somebody else has changed the content since.
    """

    document_id: FilingKey
    external_id: Annotated[str, fact("The vendor's id", Record.SLUICE)]
    folder_external_id: Annotated[str | None, fact("The vendor's id of its folder", Record.SLUICE)] = None
    name: FilingName
    kind: Annotated[FiledKind, fact("What it is for", Record.SLUICE)] = FiledKind.OTHER
    size_bytes: Annotated[int, fact("Size of the content", Record.SLUICE, unit="bytes")] = 0
    media_type: Annotated[str, fact("Media type by the system", Record.SLUICE)] = ""
    sha256: Annotated[str, fact("Hash of what we filed last, in hexadecimal", Record.SLUICE)] = ""
    altered: Annotated[bool, fact("Changed by somebody else since it was filed", Record.SLUICE)] = False
    changed_at: Annotated[dt.datetime | None, fact("Last change", Record.SLUICE)] = None
    subject: FilingSubject = FilingSubject()
    web_url: Annotated[str, fact("Where people open it", Record.SLUICE)] = ""
    created: Annotated[bool, fact("False when it stood there before this call", Record.SLUICE)] = False


class DocumentContent(Noun, frozen=True, kw_only=True):
    """The content of a document as it stands now, and its hash."""

    document_id: FilingKey
    media_type: Annotated[str, fact("Media type by the system", Record.SLUICE)]
    content: Annotated[
        bytes,
        fact(
            "The bytes of the file",
            Record.SLUICE,
            classification=Classification.CONFIDENTIAL,
            example="JVBERi0xLjcK",
        ),
    ]
    sha256: Annotated[str, fact("Hash of this content, in hexadecimal", Record.SLUICE)]


class DocumentPage(Noun, frozen=True, kw_only=True):
    """Documents of a folder that have a key of ours, by name; an empty `cursor` is the end."""

    documents: list[Document]
    cursor: str = ""


class FilingChangeKind(StrEnum):
    """What a change is about."""

    FOLDER = "folder"
    DOCUMENT = "document"
    REMOVED = "removed"


class FilingChange(Noun, frozen=True, kw_only=True):
    """Something that was made, changed or removed. What people put there themselves has no key of ours.

    Of what was removed the system tells its own id alone.
    """

    kind: Annotated[FilingChangeKind, fact("What changed", Record.SLUICE)]
    external_id: Annotated[str, fact("The vendor's id", Record.SLUICE)]
    our_id: Annotated[str | None, fact("Our key, where it has one", Record.SLUICE)] = None
    name: Annotated[str, fact("Name", Record.SLUICE)] = ""
    folder_external_id: Annotated[str | None, fact("The vendor's id of its folder", Record.SLUICE)] = None
    changed_at: Annotated[dt.datetime | None, fact("Last change", Record.SLUICE)] = None


class FilingChanges(Noun, frozen=True, kw_only=True):
    """A page of the change feed. `cursor` is opaque; hand it back to go on. Entries may repeat, none is left out.

    `more` says that further changes wait. `restarted` says that the system had forgotten the cursor and tells
    everything anew: what was removed meanwhile is then not told, and has to be found by comparing.
    """

    changes: list[FilingChange] = field(default_factory=list)
    cursor: str
    more: Annotated[bool, fact("Further changes wait", Record.SLUICE)] = False
    restarted: Annotated[bool, fact("Everything is told anew from here", Record.SLUICE)] = False
