"""Items as folders and documents of ours, and our wishes as columns; no I/O."""

from __future__ import annotations

from contracts.canonical.filing import (
    Document,
    DocumentWish,
    FiledKind,
    FilingChange,
    FilingChangeKind,
    FilingSubject,
    Folder,
)
from system_apis.sharepoint.wire import Item

ALTERED = "altered "
"""Before the tag of content that somebody else has covered, once we have touched the item ourselves since."""


class Columns:
    """The names of our columns in the library."""

    def __init__(self, prefix: str) -> None:
        self.key = f"{prefix}Key"
        self.kind = f"{prefix}Kind"
        self.customer = f"{prefix}Customer"
        self.project = f"{prefix}Project"
        self.deal = f"{prefix}Deal"
        self.sha256 = f"{prefix}Sha256"
        self.content_tag = f"{prefix}ContentTag"


def filled(item: Item, column: str) -> str:
    """What stands in a column; empty when nothing does."""
    value = item.list_item.fields.get(column)
    return value if isinstance(value, str) else ""


def about(subject: FilingSubject, columns: Columns) -> dict[str, str]:
    """The columns that say what an item is about. None leaves nothing in its column."""
    return {
        columns.customer: subject.customer_id or "",
        columns.project: subject.project_id or "",
        columns.deal: subject.deal_id or "",
    }


def marks(document_id: str, wish: DocumentWish, columns: Columns) -> dict[str, str]:
    """The columns of a document, those of its content apart."""
    return {columns.key: document_id, columns.kind: wish.kind.value, **about(wish.subject, columns)}


def differing(item: Item, wanted: dict[str, str]) -> dict[str, str | None]:
    """The columns that have to change; an empty one is set to nothing."""
    return {name: value or None for name, value in wanted.items() if filled(item, name) != value}


def made_by(item: Item, client_id: str) -> bool:
    """Whether our application made the item, and nobody has touched it since."""
    makers = (item.created_by.application, item.last_modified_by.application)
    return all(maker is not None and maker.id == client_id for maker in makers)


def altered(item: Item, columns: Columns, *, client_id: str) -> bool:
    """Whether somebody else has changed the content since we filed it.

    A write of ours that was cut off before its columns were set has moved the tag as well; then we were the last.
    """
    tag = filled(item, columns.content_tag)
    if not tag or tag == item.c_tag:
        return False
    last = item.last_modified_by.application
    return tag.startswith(ALTERED) or last is None or last.id != client_id


def folder(item: Item, columns: Columns, *, created: bool = False) -> Folder:
    """A folder of ours."""
    return Folder(
        folder_id=filled(item, columns.key),
        external_id=item.id,
        name=item.name,
        parent_external_id=item.parent_reference.id,
        subject=_subject(item, columns),
        web_url=item.web_url,
        created=created,
    )


def document(item: Item, columns: Columns, *, client_id: str, created: bool = False) -> Document:
    """A document of ours."""
    kind = filled(item, columns.kind)
    return Document(
        document_id=filled(item, columns.key),
        external_id=item.id,
        folder_external_id=item.parent_reference.id,
        name=item.name,
        kind=FiledKind(kind) if kind in set(FiledKind) else FiledKind.OTHER,
        size_bytes=item.size,
        media_type=media(item),
        sha256=filled(item, columns.sha256),
        altered=altered(item, columns, client_id=client_id),
        changed_at=item.last_modified_date_time,
        subject=_subject(item, columns),
        web_url=item.web_url,
        created=created,
    )


def media(item: Item) -> str:
    """The media type by the vendor."""
    return item.file.mime_type if item.file else ""


def stands(item: Item, fingerprint: str) -> bool:
    """Whether this content is the item's."""
    return item.file is not None and item.file.hashes.quick_xor_hash == fingerprint


def is_whole(item: Item, content: bytes, *, fingerprint: str) -> bool:
    """Whether fetched content is the item's; while the vendor has not computed its hash, the size counts."""
    hashed = item.file is not None and item.file.hashes.quick_xor_hash
    return stands(item, fingerprint) if hashed else len(content) == item.size


def change(item: Item, our_id: str | None) -> FilingChange:
    """One item of the feed."""
    if item.deleted is not None:
        return FilingChange(kind=FilingChangeKind.REMOVED, external_id=item.id)
    return FilingChange(
        kind=FilingChangeKind.DOCUMENT if item.folder is None else FilingChangeKind.FOLDER,
        external_id=item.id,
        our_id=our_id or None,
        name=item.name,
        folder_external_id=item.parent_reference.id,
        changed_at=item.last_modified_date_time,
    )


def _subject(item: Item, columns: Columns) -> FilingSubject:
    return FilingSubject(
        customer_id=filled(item, columns.customer) or None,
        project_id=filled(item, columns.project) or None,
        deal_id=filled(item, columns.deal) or None,
    )
