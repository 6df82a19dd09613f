"""Which part of the site answers an address: items by id or by path, and what hangs on them."""

import re
from typing import Final

from . import delta, items, rows, sharing, shown, uploads
from .call import Answer, Call
from .refusal import Refusal, bad, gone
from .state import Drive, Item, Site

_SITE: Final = re.compile(r"/sites/([^/:]+)(?::(/[^:]+):?|)(/drives?)?")
_DRIVE: Final = re.compile(r"/drives/([^/]+)(/.*)?", re.DOTALL)
_AT: Final = re.compile(r"/(?:root|items/([^/:]+))(?::/([^:]+):?)?((?:/.*)?)", re.DOTALL)
_SEARCH: Final = re.compile(r"/search\(q='((?:[^']|'')*)'\)")
_DELTA: Final = re.compile(r"/delta(?:\((?:token='([^']+)')?\))?")
_ROW: Final = re.compile(r"/items/(\d+)(/fields)?")
_GRANT: Final = re.compile(r"/permissions/([^/]+)")


def answer(site: Site, call: Call) -> Answer:
    """Answer one call below `/v1.0`; raises Refusal."""
    place = _DRIVE.fullmatch(call.path)
    if place is None:
        return _site(site, call)
    drive, rest = site.drive(place.group(1)), place.group(2) or ""
    if not rest:
        return Answer(200, _shown(site, drive))
    if rest.startswith("/list"):
        return _list(site, drive, rest.removeprefix("/list"), call)
    at = _AT.fullmatch(rest)
    if at is None:
        raise _no_segment(rest)
    item_id, path, action = at.groups()
    return _item(site, drive, (drive.find(item_id or "root"), (path or "").strip("/")), action, call)


def _site(site: Site, call: Call) -> Answer:
    found = _SITE.fullmatch(call.path)
    if found is None:
        raise _no_segment(call.path)
    _only(call, "GET")
    hostname, path, below = found.groups()
    site_id = f"{site.hostname},7a1d0000-0000-4000-8000-000000000001,7a1d0000-0000-4000-8000-000000000002"
    if hostname not in {site_id, "root"} and (hostname, path) != (site.hostname, site.path):
        raise gone()
    drives = [_shown(site, drive) for drive in site.drives.values()]
    if below == "/drives":
        return Answer(200, {"value": drives})
    if below == "/drive":
        return Answer(200, drives[0])
    return Answer(
        200, {"id": site_id, "name": site.path.rsplit("/", 1)[1], "webUrl": f"https://{site.hostname}{site.path}"}
    )


def _list(site: Site, drive: Drive, rest: str, call: Call) -> Answer:
    if rest == "/items":
        _only(call, "GET")
        return rows.rows(site, drive, call)
    if row := _ROW.fullmatch(rest):
        item = rows.numbered(drive, row.group(1))
        if row.group(2):
            _only(call, "GET", "PATCH")
            return rows.set_fields(drive, item, call) if call.method == "PATCH" else Answer(200, shown.fields(item))
        _only(call, "GET")
        return rows.row(site, drive, item, call)
    if rest == "/columns":
        _only(call, "GET", "POST")
        return rows.columns(drive, call) if call.method == "GET" else rows.add_column(drive, call)
    raise _no_segment(rest)


def _item(site: Site, drive: Drive, at: tuple[Item, str], action: str, call: Call) -> Answer:
    anchor, path = at
    if path and (action, call.method) in {("/content", "PUT"), ("/createUploadSession", "POST")}:
        above, _, name = path.rpartition("/")
        parent = _folders(drive, anchor, above, call)
        if action == "/content":
            return items.place(site, drive, parent, name, call)
        return uploads.begin(site, drive, parent, name, call)
    return _on(site, drive, _walk(drive, anchor, path), action, call)


def _on(site: Site, drive: Drive, item: Item, action: str, call: Call) -> Answer:
    match call.method, action:
        case "GET", "":
            return items.read(site, drive, item, call)
        case "PATCH", "":
            return items.change(site, drive, item, call)
        case "DELETE", "":
            return items.remove(drive, item, call)
        case "GET", "/children":
            return items.children(site, drive, item, call)
        case "POST", "/children":
            return items.make(site, drive, item, call)
        case "GET", "/content":
            return items.content(site, drive, item, call)
        case "PUT", "/content":
            return items.lay(site, drive, item, call)
        case "POST", "/createUploadSession":
            return uploads.begin_again(site, drive, item, call)
        case "GET", "/listItem":
            return rows.row(site, drive, item, call)
        case _:
            return _more(site, drive, item, action, call)


def _more(site: Site, drive: Drive, item: Item, action: str, call: Call) -> Answer:
    match call.method, action:
        case "GET", "/permissions":
            return sharing.listed(drive, item, call)
        case "POST", "/invite":
            return sharing.invite(site, drive, item, call)
        case "POST", "/createLink":
            return sharing.link(site, drive, item, call)
    if grant := _GRANT.fullmatch(action):
        _only(call, "PATCH", "DELETE")
        act = sharing.take if call.method == "DELETE" else sharing.change
        return act(drive, item, grant.group(1), call)
    if searched := _SEARCH.fullmatch(action):
        _only(call, "GET")
        return rows.search(site, drive, searched.group(1), call)
    if asked := _DELTA.fullmatch(action):
        _only(call, "GET")
        if item is not drive.root:
            raise bad("Changes can be followed from the root alone.")
        return delta.changes(site, drive, call, token=asked.group(1) or "")
    raise _no_segment(action)


def _walk(drive: Drive, anchor: Item, path: str) -> Item:
    """The item at a path below another."""
    item = anchor
    for name in filter(None, path.split("/")):
        found = drive.child(item, name)
        if found is None:
            raise gone()
        item = found
    return item


def _folders(drive: Drive, anchor: Item, path: str, call: Call) -> Item:
    """The folder at a path; a file that is put below folders which are not there brings them with it."""
    call.must_write()
    folder = anchor
    for name in filter(None, path.split("/")):
        found = drive.child(folder, name)
        if found is not None and not found.is_folder:
            raise bad("A file lies where a folder is named.")
        folder = found or drive.add(name, parent=folder, is_folder=True, by=call.actor.identity)
    if not folder.is_folder:
        raise bad("A file lies where a folder is named.")
    return folder


def _shown(site: Site, drive: Drive) -> dict[str, str]:
    return {
        "id": drive.id,
        "driveType": "documentLibrary",
        "name": drive.name,
        "webUrl": f"https://{site.hostname}{site.path}/{drive.name.replace(' ', '%20')}",
    }


def _only(call: Call, *methods: str) -> None:
    if call.method not in methods:
        raise Refusal(405, "methodNotAllowed", f"The method {call.method} is not allowed here.")


def _no_segment(name: str) -> Refusal:
    return bad(f"Resource not found for the segment '{name.strip('/')}'.", inner="BadRequest")
