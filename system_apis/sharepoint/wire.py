"""The vendor's words as the vendor spells them; properties we do not know are let pass."""

from __future__ import annotations

import datetime as dt
from typing import Any

from msgspec import Struct, field


class Granted(Struct, frozen=True):
    """A token and for how many seconds it holds."""

    access_token: str
    expires_in: int


class LoginRefused(Struct, frozen=True):
    """A refusal of the token endpoint."""

    error: str
    error_codes: list[int] = []


class InnerError(Struct, frozen=True):
    """What may stand below an error and be more exact."""

    code: str = ""


class VendorError(Struct, frozen=True, rename="camel"):
    """What stands under `error`."""

    code: str = ""
    message: str = ""
    inner_error: InnerError = InnerError()


class Refused(Struct, frozen=True):
    """The body of a refusal."""

    error: VendorError = VendorError()


class Who(Struct, frozen=True):
    """An application, a person or a group."""

    id: str = ""


class IdentitySet(Struct, frozen=True, rename="camel"):
    """Who did something, or to whom something is granted."""

    application: Who | None = None
    user: Who | None = None
    group: Who | None = None
    site_group: Who | None = None
    site_user: Who | None = None


class Above(Struct, frozen=True, rename="camel"):
    """The folder something lies in; the root has none."""

    id: str | None = None
    drive_id: str = ""


class Hashes(Struct, frozen=True, rename="camel"):
    """Hashes of a file; a library tells one."""

    quick_xor_hash: str = ""


class File(Struct, frozen=True, rename="camel"):
    """What makes an item a file."""

    mime_type: str = ""
    hashes: Hashes = Hashes()


class ListItem(Struct, frozen=True, rename="camel"):
    """The same item as a row of the library's list."""

    id: str = ""
    e_tag: str = ""
    fields: dict[str, Any] = {}


class Item(Struct, frozen=True, kw_only=True, rename="camel"):
    """A folder or file. Of what was deleted there is hardly more than the id."""

    id: str
    name: str = ""
    e_tag: str = ""
    c_tag: str = ""
    size: int = 0
    web_url: str = ""
    last_modified_date_time: dt.datetime | None = None
    created_by: IdentitySet = IdentitySet()
    last_modified_by: IdentitySet = IdentitySet()
    parent_reference: Above = Above()
    folder: dict[str, Any] | None = None
    file: File | None = None
    root: dict[str, Any] | None = None
    deleted: dict[str, Any] | None = None
    list_item: ListItem = ListItem()


class Row(Struct, frozen=True, kw_only=True, rename="camel"):
    """A row of the list with the item it is."""

    id: str
    e_tag: str = ""
    fields: dict[str, Any] = {}
    drive_item: Item | None = None


class Rows(Struct, frozen=True):
    """Rows that were asked for."""

    value: list[Row]


class Page(Struct, frozen=True, kw_only=True):
    """A page of items, or of changes."""

    value: list[Item]
    next_link: str = field(name="@odata.nextLink", default="")
    delta_link: str = field(name="@odata.deltaLink", default="")


class Permission(Struct, frozen=True, kw_only=True, rename="camel"):
    """A grant: to an identity, or by a link."""

    id: str
    roles: list[str] = []
    granted_to_v2: IdentitySet | None = field(name="grantedToV2", default=None)
    link: dict[str, Any] | None = None


class Permissions(Struct, frozen=True):
    """Every grant that holds for an item."""

    value: list[Permission]


class UploadSession(Struct, frozen=True, kw_only=True, rename="camel"):
    """Where the pieces go, and which are still missing; the address is told once, at the beginning."""

    upload_url: str = ""
    next_expected_ranges: list[str] = []


class Part(Struct, frozen=True, kw_only=True):
    """The answer to one request of a batch."""

    id: str
    status: int
    headers: dict[str, str] = {}
    body: dict[str, Any] = {}


class Parts(Struct, frozen=True):
    """The answers of a batch, in any order."""

    responses: list[Part]
