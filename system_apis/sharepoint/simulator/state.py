"""Drives with their items, columns, groups and the order of changes."""

import base64
import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kit.sandbox import Sandbox

from .call import Identity
from .quickxor import quick_xor
from .refusal import gone, taken


@dataclass(slots=True)
class Grant:
    """One permission on an item; `to` is an identity set of a group, person, site group or link."""

    id: str
    roles: list[str]
    to: dict[str, Any]


@dataclass(slots=True)
class Item:
    """A folder or a file. `versions` are the contents that were covered; `seq` is the drive's count at its change.

    `row` is its number in the list.
    """

    id: str
    guid: str
    name: str
    parent: str | None
    is_folder: bool
    by: Identity
    at: dt.datetime
    changed_by: Identity
    changed_at: dt.datetime
    content: bytes = b""
    hash: str = ""
    media: str = ""
    version: int = 1
    content_version: int = 1
    fields: dict[str, Any] = field(default_factory=dict)
    grants: list[Grant] | None = None
    versions: list[bytes] = field(default_factory=list)
    seq: int = 0
    row: int = 0

    @property
    def etag(self) -> str:
        """Moves with every change of the item."""
        return f'"{{{self.guid.upper()}}},{self.version}"'

    @property
    def ctag(self) -> str:
        """Moves with every change of the content."""
        return f'"c:{{{self.guid.upper()}}},{self.content_version}"'

    @property
    def row_etag(self) -> str:
        """The tag of the same item as a row of its list."""
        return f'"{self.guid},{self.version}"'


class Drive:
    """One document library: a tree of items under a root, and the columns of its list."""

    def __init__(self, sandbox: Sandbox, drive_id: str, name: str) -> None:
        self.sandbox = sandbox
        self.id = drive_id
        self.name = name
        self.columns: dict[str, dict[str, Any]] = {}
        self.items: dict[str, Item] = {}
        self.removed: dict[str, int] = {}
        self.bin: list[Item] = []
        self._count = itertools.count(1)
        self._rows = itertools.count()
        self.root = self.add("root", parent=None, is_folder=True, by={"user": {"displayName": "System Account"}})

    def add(self, name: str, *, parent: Item | None, is_folder: bool, by: Identity) -> Item:
        """Make an item; raises 409 when the name is taken."""
        if parent is not None and self.child(parent, name) is not None:
            raise taken()
        chance, now = self.sandbox.random, self.sandbox.now()
        item_id = "01" + base64.b32encode(chance.randbytes(20)).decode()
        bits = f"{chance.getrandbits(128):032x}"
        guid = "-".join((bits[:8], bits[8:12], bits[12:16], bits[16:20], bits[20:]))
        above = parent.id if parent else None
        item = Item(item_id, guid, name, above, is_folder, by, now, by, now, row=next(self._rows))
        self.items[item.id] = item
        self._tell(item)
        return item

    def write(self, item: Item, content: bytes, *, media: str, by: Identity) -> None:
        """Lay content on an item; what it had becomes an older version."""
        if item.hash:
            item.versions.append(item.content)
            item.content_version += 1
        item.content, item.hash, item.media = content, quick_xor(content), media
        self.touch(item, by=by)

    def touch(self, item: Item, *, by: Identity) -> None:
        """The item was changed."""
        item.version += 1
        item.changed_by, item.changed_at = by, self.sandbox.now()
        self._tell(item)

    def remove(self, item: Item) -> None:
        """Put an item and all below it into the bin; a delta tells each of them."""
        for below in [child for child in self.items.values() if child.parent == item.id]:
            self.remove(below)
        del self.items[item.id]
        self.bin.append(item)
        self.removed[item.id] = next(self._count)
        for above in self.above(item):
            above.seq = next(self._count)

    def find(self, item_id: str) -> Item:
        """An item by id; raises 404."""
        if item_id == "root":
            return self.root
        found = self.items.get(item_id)
        if found is None:
            raise gone()
        return found

    def child(self, parent: Item, name: str) -> Item | None:
        """The item of that name in a folder; case does not tell names apart."""
        wanted = name.lower()
        return next((i for i in self.items.values() if i.parent == parent.id and i.name.lower() == wanted), None)

    def children(self, parent: Item) -> list[Item]:
        """What lies in a folder, by name."""
        return sorted((i for i in self.items.values() if i.parent == parent.id), key=lambda item: item.name.lower())

    def above(self, item: Item) -> Iterator[Item]:
        """The folders an item lies in, the nearest first."""
        parent = item.parent
        while parent is not None:
            folder = self.items[parent]
            yield folder
            parent = folder.parent

    def path(self, item: Item) -> str:
        """Where an item lies, from the library on; the root is empty."""
        names = [item.name, *(folder.name for folder in self.above(item))][:-1]
        return "".join(f"/{name}" for name in reversed(names))

    def granted(self, item: Item) -> list[Grant]:
        """Who may open an item: what is granted on it, or on the nearest folder above that has grants of its own."""
        holder = next((one for one in (item, *self.above(item)) if one.grants is not None), self.root)
        return holder.grants or []

    def now_at(self) -> int:
        """The count of changes so far."""
        return max([item.seq for item in self.items.values()] + list(self.removed.values()))

    def _tell(self, item: Item) -> None:
        """A change is a change of every folder above as well."""
        for one in (item, *self.above(item)):
            one.seq = next(self._count)


@dataclass(slots=True)
class Site:
    """Everything a call may touch."""

    sandbox: Sandbox
    hostname: str = "contoso.sharepoint.com"
    path: str = "/sites/delivery"
    drives: dict[str, Drive] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    content_url: str = ""
    search_lag_s: float = 60.0
    token_life_s: float = 30 * 86400.0
    sessions: dict[str, Any] = field(default_factory=dict)
    downloads: dict[str, Any] = field(default_factory=dict)
    cursors: dict[str, Any] = field(default_factory=dict)

    def drive(self, drive_id: str) -> Drive:
        """A drive by id; raises 404."""
        found = self.drives.get(drive_id)
        if found is None:
            raise gone()
        return found

    def stamp(self, length: int = 20) -> str:
        """Text that nobody guesses."""
        return base64.urlsafe_b64encode(self.sandbox.random.randbytes(length)).decode().rstrip("=")
