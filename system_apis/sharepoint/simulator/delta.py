"""Changes of a drive: by links that hold a place, and 410 with a fresh start once the place is forgotten."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from . import shown
from .call import Answer, Call
from .refusal import Refusal, bad
from .state import Drive, Site

_TEXT = "Resync required. Replace any local items with the server's version (including deletes)."


@dataclass(frozen=True, slots=True)
class _Place:
    """After which change a reader stands, since when, and how many rows a page has."""

    after: int
    given: dt.datetime
    size: int


def changes(site: Site, drive: Drive, call: Call, *, token: str = "") -> Answer:
    """A page of what changed, oldest first; an item that changes while the pages are read comes again."""
    token = token or call.query.get("token", "")
    top = call.top(default=200, most=1000)
    if token == "latest":
        return Answer(200, {"value": [], "@odata.deltaLink": _link(site, drive, call, after=drive.now_at(), size=top)})
    after = 0
    if token:
        place = site.cursors.get(token)
        if place is not None and not isinstance(place, _Place):
            raise bad("The provided token is not valid.")
        if place is None or site.sandbox.now() - place.given > dt.timedelta(seconds=site.token_life_s):
            fresh = {"Location": _link(site, drive, call, after=0, size=top)}
            raise Refusal(410, "resyncRequired", _TEXT, inner="resyncChangesApplyDifferences", headers=fresh)
        after, top = place.after, place.size
    told = sorted(_since(site, drive, after), key=lambda pair: pair[0])
    page: dict[str, Any] = {"value": [one for _, one in told[:top]]}
    if len(told) > top:
        page["@odata.nextLink"] = _link(site, drive, call, after=told[top - 1][0], size=top)
    else:
        page["@odata.deltaLink"] = _link(site, drive, call, after=drive.now_at(), size=top)
    return Answer(200, page)


def _since(site: Site, drive: Drive, after: int) -> list[tuple[int, dict[str, Any]]]:
    standing = [(i.seq, shown.item(site, drive, i)) for i in drive.items.values() if i.seq > after]
    if after == 0:  # whoever begins does not hear of what was gone before
        return standing
    return standing + [(seq, shown.deleted(drive, one)) for one, seq in drive.removed.items() if seq > after]


def _link(site: Site, drive: Drive, call: Call, *, after: int, size: int) -> str:
    token = f"NDslMjM0{site.stamp(24)}"
    site.cursors[token] = _Place(after, site.sandbox.now(), size)
    return f"{call.root}/drives/{drive.id}/{drive.root.name}/delta?token={token}"
