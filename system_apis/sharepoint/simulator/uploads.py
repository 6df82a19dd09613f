"""Upload sessions: pieces of a file in order, to an address that needs no token and takes none."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Final

from . import names, shown
from .call import Answer, Call, Identity
from .items import CONFLICT, free, matched
from .refusal import Refusal, bad, gone, taken
from .state import Drive, Item, Site

PIECE: Final = 320 * 1024
_LARGEST_PIECE: Final = 60 * 1024 * 1024
_LIFE: Final = dt.timedelta(hours=6)
_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(slots=True)
class Session:
    """One upload under way. `target` is the file it will cover, if any."""

    drive: Drive
    parent: Item
    name: str
    behaviour: str
    by: Identity
    ends: dt.datetime
    target: Item | None = None
    content: bytes = b""
    total: int = 0


def begin(site: Site, drive: Drive, parent: Item, name: str, call: Call) -> Answer:
    """A session for a file at a path."""
    call.must_write()
    wanted = call.json().get("item", {}) if call.body else {}
    name = names.checked(wanted.get("name", name), path=f"{drive.path(parent)}/{name}", top=parent is drive.root)
    standing, behaviour = drive.child(parent, name), str(wanted.get(CONFLICT, "replace"))
    if standing is not None:
        if behaviour == "fail":
            raise taken()
        matched(standing, call)
    session = Session(drive, parent, name, behaviour, call.actor.identity, site.sandbox.now() + _LIFE)
    return _opened(site, session, call)


def begin_again(site: Site, drive: Drive, item: Item, call: Call) -> Answer:
    """A session for new content of a file that stands."""
    call.must_write()
    matched(item, call)
    if item.is_folder:
        raise bad("The item is a folder.")
    parent = drive.find(str(item.parent))
    ends = site.sandbox.now() + _LIFE
    return _opened(site, Session(drive, parent, item.name, "replace", call.actor.identity, ends, item), call)


def answer(site: Site, call: Call, token: str) -> Answer:
    """Whatever is asked of a session's address."""
    session = site.sessions.get(token)
    if session is None or session.ends <= site.sandbox.now():
        site.sessions.pop(token, None)
        raise gone()
    if "authorization" in call.headers:
        raise Refusal(401, "unauthenticated", "The address carries its own authorization; send no other.")
    if call.method == "GET":
        return Answer(200, _standing(session))
    if call.method == "DELETE":
        del site.sessions[token]
        return Answer(204)
    if call.method != "PUT":
        raise Refusal(405, "invalidRequest", "The method is not allowed.")
    return _piece(site, session, token, call)


def _opened(site: Site, session: Session, call: Call) -> Answer:
    token = site.stamp(30)
    site.sessions[token] = session
    below = f"/_api/v2.0/drives/{session.drive.id}/items/{session.parent.id}/uploadSession"
    address = (
        f"{site.content_url or call.host}{below}?guid='{session.parent.guid}'&overwrite=True&dc=0&tempauth={token}"
    )
    return Answer(200, {"uploadUrl": address, **_standing(session)})


def _piece(site: Site, session: Session, token: str, call: Call) -> Answer:
    body = call.body
    found = _RANGE.fullmatch(call.headers.get("content-range", ""))
    if found is None:
        raise Refusal(400, "invalidRequest", "The Content-Range header is missing or malformed.")
    start, end, total = (int(part) for part in found.groups())
    if end - start + 1 != len(body) or end >= total or session.total not in {0, total}:
        raise Refusal(400, "invalidRequest", "The Content-Range header does not match the content.")
    if len(body) > _LARGEST_PIECE:
        raise Refusal(413, "requestEntityTooLarge", "A piece may have 60 MiB.")
    received = len(session.content)
    if start != received:
        inner = "fragmentOverlap" if start < received else "fragmentOutOfOrder"
        raise Refusal(416, "invalidRange", "The uploaded fragment does not follow what was received.", inner=inner)
    last = end + 1 == total
    if not last and len(body) % PIECE:
        raise bad("Every fragment but the last has to be a multiple of 320 KiB.")
    session.content += body
    session.total, session.ends = total, site.sandbox.now() + _LIFE
    if not last:
        return Answer(202, _standing(session))
    return _committed(site, session, token)


def _committed(site: Site, session: Session, token: str) -> Answer:
    """The file stands once its last piece is there; whoever took its name meanwhile is met now."""
    drive, name = session.drive, session.name
    standing = session.target or drive.child(session.parent, name)
    if standing is not None and session.behaviour == "fail":
        raise taken()
    if standing is not None and session.behaviour == "rename":
        name, standing = free(drive, session.parent, name), None
    status = 200 if standing is not None else 201
    file = standing or drive.add(name, parent=session.parent, is_folder=False, by=session.by)
    drive.write(file, session.content, media=names.media(name), by=session.by)
    del site.sessions[token]
    return Answer(status, shown.item(site, drive, file))


def _standing(session: Session) -> dict[str, Any]:
    return {
        "expirationDateTime": f"{session.ends:%Y-%m-%dT%H:%M:%S.000Z}",
        "nextExpectedRanges": [f"{len(session.content)}-{session.total - 1 if session.total else ''}"],
    }
