"""Folders and files: reading, making, changing, removing, and content in one piece."""

import datetime as dt
from typing import Any, Final

from . import names, shown
from .call import Answer, Call
from .refusal import Refusal, bad, gone, moved, taken
from .state import Drive, Item, Site

_MOST_BYTES: Final = 250 * 1024 * 1024
_LINK_LIFE: Final = dt.timedelta(hours=1)
CONFLICT: Final = "@microsoft.graph.conflictBehavior"


def read(site: Site, drive: Drive, item: Item, call: Call) -> Answer:
    """One item, unless the caller knows it."""
    if call.headers.get("if-none-match") in {item.etag, item.ctag}:
        return Answer(304)
    return Answer(200, shown.item(site, drive, item, row=call.wants("listItem")))


def children(site: Site, drive: Drive, item: Item, call: Call) -> Answer:
    """What lies in a folder, by name and page by page."""
    top, row = call.top(default=200, most=1000), call.wants("listItem")
    after = ""
    if skip := call.query.get("$skiptoken", ""):
        if skip not in site.cursors:
            raise bad("The provided $skiptoken is not valid.")
        after = site.cursors[skip]
    rest = [child for child in drive.children(item) if child.name.lower() > after]
    page: dict[str, Any] = {"value": [shown.item(site, drive, child, row=row) for child in rest[:top]]}
    if len(rest) > top:
        token = f"UGFnZWQ9VFJVRS{site.stamp(12)}"
        site.cursors[token] = rest[top - 1].name.lower()
        expand = "&$expand=listItem($expand=fields)" if row else ""
        page["@odata.nextLink"] = (
            f"{call.root}/drives/{drive.id}/items/{item.id}/children?$top={top}{expand}&$skiptoken={token}"
        )
    return Answer(200, page)


def make(site: Site, drive: Drive, parent: Item, call: Call) -> Answer:
    """A folder in a folder."""
    call.must_write()
    wanted = call.json()
    if not isinstance(wanted.get("folder"), dict):
        raise bad("Only folders are made like this; a file comes with its content.")
    if not parent.is_folder:
        raise bad("The parent is not a folder.")
    name = _named(drive, parent, wanted.get("name"))
    behaviour = str(wanted.get(CONFLICT, "fail"))
    standing = drive.child(parent, name)
    if standing is not None:
        if behaviour == "rename":
            name = free(drive, parent, name)
        elif behaviour == "replace" and standing.is_folder:
            return Answer(200, shown.item(site, drive, standing))
        else:
            raise taken()
    folder = drive.add(name, parent=parent, is_folder=True, by=call.actor.identity)
    return Answer(201, shown.item(site, drive, folder))


def change(site: Site, drive: Drive, item: Item, call: Call) -> Answer:
    """Rename or move an item."""
    call.must_write()
    matched(item, call)
    wanted = call.json()
    if item is drive.root:
        raise bad("The root cannot be changed.")
    parent = drive.find(wanted.get("parentReference", {}).get("id", item.parent))
    name = _named(drive, parent, wanted.get("name", item.name))
    standing = drive.child(parent, name)
    if standing is not None and standing is not item:
        raise taken()
    item.name, item.parent = name, parent.id
    drive.touch(item, by=call.actor.identity)
    return Answer(200, shown.item(site, drive, item))


def remove(drive: Drive, item: Item, call: Call) -> Answer:
    """Put an item into the bin, with all that lies in it."""
    call.must_write()
    matched(item, call)
    if item is drive.root:
        raise bad("The root cannot be deleted.")
    drive.remove(item)
    return Answer(204)


def content(site: Site, drive: Drive, item: Item, call: Call) -> Answer:
    """An address from which the content may be fetched without a token, for a while."""
    if item.is_folder:
        raise bad("The item is a folder.")
    token = site.stamp()
    site.downloads[token] = (drive.id, item.id, site.sandbox.now() + _LINK_LIFE)
    address = f"{site.content_url or call.host}/_api/v2.0/drives/{drive.id}/items/{item.id}/download?tempauth={token}"
    return Answer(302, None, {"Location": address})


def fetched(site: Site, token: str) -> Answer:
    """The content itself."""
    drive_id, item_id, ends = site.downloads.get(token, ("", "", None))
    if ends is None or ends <= site.sandbox.now():
        raise Refusal(401, "unauthenticated", "The download address has expired.")
    item = site.drive(drive_id).find(item_id)
    return Answer(200, item.content, {"Content-Type": item.media, "ETag": item.etag})


def lay(site: Site, drive: Drive, item: Item, call: Call) -> Answer:
    """New content for a file that stands."""
    call.must_write()
    matched(item, call)
    if item.is_folder:
        raise bad("The item is a folder.")
    drive.write(
        item,
        _body(call),
        media=names.media(item.name, said=call.headers.get("content-type", "")),
        by=call.actor.identity,
    )
    return Answer(200, shown.item(site, drive, item))


def place(site: Site, drive: Drive, parent: Item, name: str, call: Call) -> Answer:
    """Content at a path: a new file, or one that stands, as the caller wishes."""
    call.must_write()
    name = _named(drive, parent, name)
    standing, behaviour = drive.child(parent, name), call.query.get(CONFLICT, "replace")
    if standing is not None and behaviour == "replace":
        return lay(site, drive, standing, call)
    if standing is not None and behaviour == "fail":
        raise taken()
    if standing is None and "if-match" in call.headers:
        raise gone()
    name = free(drive, parent, name) if standing is not None else name
    file = drive.add(name, parent=parent, is_folder=False, by=call.actor.identity)
    drive.write(
        file, _body(call), media=names.media(name, said=call.headers.get("content-type", "")), by=call.actor.identity
    )
    return Answer(201, shown.item(site, drive, file))


def matched(item: Item, call: Call) -> None:
    """Refuse a change of another version than the caller saw."""
    tag = call.headers.get("if-match", "*")
    if tag not in {"*", item.etag, item.ctag, item.row_etag}:
        raise moved()


def free(drive: Drive, parent: Item, name: str) -> str:
    """The name with the first number that is free, as a person would get it."""
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if stem else (name, "")
    return next(wanted for n in range(1, 10_000) if drive.child(parent, wanted := f"{stem} {n}{ending}") is None)


def _named(drive: Drive, parent: Item, name: object) -> str:
    return names.checked(name, path=f"{drive.path(parent)}/{name}", top=parent is drive.root)


def _body(call: Call) -> bytes:
    if len(call.body) > _MOST_BYTES:
        raise Refusal(413, "requestEntityTooLarge", "Use an upload session for a file of this size.")
    return call.body
