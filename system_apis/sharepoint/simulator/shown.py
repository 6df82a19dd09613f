"""Items as Graph shows them: as driveItem, as row of the list, as something that was deleted."""

import datetime as dt
from typing import Any
from urllib.parse import quote

from .state import Drive, Grant, Item, Site


def moment(at: dt.datetime) -> str:
    """A moment as Graph writes it: in UTC, to the second."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def item(site: Site, drive: Drive, one: Item, *, row: bool = False) -> dict[str, Any]:
    """A driveItem; with `row` the list's item and its columns stand in it."""
    shown: dict[str, Any] = {
        "createdDateTime": moment(one.at),
        "eTag": one.etag,
        "id": one.id,
        "lastModifiedDateTime": moment(one.changed_at),
        "name": one.name,
        "webUrl": f"https://{site.hostname}{site.path}/{quote(drive.name)}{quote(drive.path(one))}",
        "cTag": one.ctag,
        "size": _size(drive, one),
        "createdBy": dict(one.by),
        "lastModifiedBy": dict(one.changed_by),
        "parentReference": _above(drive, one),
        "fileSystemInfo": {"createdDateTime": moment(one.at), "lastModifiedDateTime": moment(one.changed_at)},
    }
    if one.is_folder:
        shown["folder"] = {"childCount": len(drive.children(one))}
    else:
        shown["file"] = {"mimeType": one.media, "hashes": {"quickXorHash": one.hash}}
    if one is drive.root:
        shown["root"] = {}
    if row:
        shown["listItem"] = {**list_item(one), "fields": fields(one)}
    return shown


def list_item(one: Item) -> dict[str, Any]:
    """The same item as a row of the library's list."""
    return {
        "@odata.etag": one.row_etag,
        "id": str(one.row),
        "eTag": one.row_etag,
        "createdDateTime": moment(one.at),
        "lastModifiedDateTime": moment(one.changed_at),
        "contentType": {"name": "Folder" if one.is_folder else "Document"},
    }


def fields(one: Item) -> dict[str, Any]:
    """The columns of a row; an empty one is left out."""
    filled = {name: value for name, value in one.fields.items() if value not in {None, ""}}
    return {"@odata.etag": one.row_etag, "FileLeafRef": one.name, **filled}


def deleted(drive: Drive, item_id: str) -> dict[str, Any]:
    """What a delta tells of an item that is gone: hardly more than its id."""
    return {"id": item_id, "deleted": {"state": "deleted"}, "parentReference": {"driveId": drive.id}}


def grant(one: Grant) -> dict[str, Any]:
    """A permission. Libraries do not tell where an inherited one comes from."""
    if "link" in one.to:
        return {"id": one.id, "roles": one.roles, "link": one.to["link"]}
    return {"id": one.id, "roles": one.roles, "grantedToV2": one.to, "grantedTo": one.to}


def _size(drive: Drive, one: Item) -> int:
    if not one.is_folder:
        return len(one.content)
    return sum(_size(drive, child) for child in drive.items.values() if child.parent == one.id)


def _above(drive: Drive, one: Item) -> dict[str, Any]:
    reference: dict[str, Any] = {"driveType": "documentLibrary", "driveId": drive.id}
    if one.parent is not None:
        folder = drive.items[one.parent]
        reference |= {"id": folder.id, "path": f"/drives/{drive.id}/root:{quote(drive.path(folder))}"}
    return reference
