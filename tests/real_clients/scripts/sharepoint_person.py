"""A project office's work through Microsoft's SDK for Graph: folders, files, columns, access, changes; prints JSON.

Argument: a JSON document with the address of Graph, the tenant, and the application's id and secret.
"""

import asyncio
import io
import json
import sys
from collections.abc import Awaitable
from typing import Any

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphServiceClient
from msgraph.generated.drives.item.items.item.children.children_request_builder import ChildrenRequestBuilder
from msgraph.generated.drives.item.items.item.create_upload_session.create_upload_session_post_request_body import (
    CreateUploadSessionPostRequestBody,
)
from msgraph.generated.drives.item.items.item.invite.invite_post_request_body import InvitePostRequestBody
from msgraph.generated.drives.item.list_.items.items_request_builder import ItemsRequestBuilder
from msgraph.generated.models.drive_item import DriveItem
from msgraph.generated.models.drive_item_uploadable_properties import DriveItemUploadableProperties
from msgraph.generated.models.drive_recipient import DriveRecipient
from msgraph.generated.models.field_value_set import FieldValueSet
from msgraph.generated.models.folder import Folder
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem
from msgraph_core.tasks.large_file_upload import LargeFileUploadTask
from msgraph_core.tasks.page_iterator import PageIterator

SCOPES = ["https://graph.microsoft.com/.default"]
FAIL = {"@microsoft.graph.conflictBehavior": "fail"}
PIECE = 320 * 1024
LARGE = bytes(range(256)) * 4000  # three pieces of 320 KiB and a rest


class Office:
    """One library, through the SDK."""

    def __init__(self, given: dict[str, Any], secret: str) -> None:
        credential = ClientSecretCredential(
            given["tenant"],
            given["client_id"],
            secret,
            authority=given["address"],
            disable_instance_discovery=True,
        )
        provider = AzureIdentityAuthenticationProvider(credential, scopes=SCOPES, allowed_hosts=["127.0.0.1"])
        self.adapter = GraphRequestAdapter(provider)
        self.client = GraphServiceClient(request_adapter=self.adapter)
        self.adapter.base_url = f"{given['address']}/v1.0"
        self.drive_id = ""

    @property
    def items(self) -> Any:
        """The items of the library."""
        return self.client.drives.by_drive_id(self.drive_id).items

    async def find(self) -> list[str]:
        """The library of a site, by the site's path."""
        site = await self.client.sites.by_site_id("contoso.sharepoint.com:/sites/delivery").get()
        drives = await self.client.sites.by_site_id(site.id).drives.get()
        self.drive_id = drives.value[0].id
        return [drive.name for drive in drives.value]

    async def folder(self, parent: str, name: str) -> DriveItem:
        """A folder that must not stand yet."""
        wish = DriveItem(name=name, folder=Folder(), additional_data=FAIL)
        return await self.items.by_drive_item_id(parent).children.post(wish)

    async def upload(self, folder: str, name: str) -> dict[str, Any]:
        """A file in pieces, by the SDK's own task; and what it reads back.

        The pieces are sent one by one: left to itself the task of this release sends the last one again once all is
        there, and makes those between a byte too long.
        """
        item = DriveItemUploadableProperties(additional_data=FAIL)
        at = self.items.by_drive_item_id(f"{folder}:/{name}:")
        session = await at.create_upload_session.post(CreateUploadSessionPostRequestBody(item=item))
        task = LargeFileUploadTask(session, self.adapter, io.BytesIO(LARGE), DriveItem, PIECE)
        expected = []
        for start in range(0, len(LARGE), PIECE):
            task.next_range = f"{start}-{min(start + PIECE, len(LARGE)) - 1}"
            told = await task.next_chunk(task.stream)
            expected.append((told.next_expected_ranges or ["none"])[0])
        stood = await at.get()
        return {
            "size": stood.size,
            "expected": expected,
            "same": await self.items.by_drive_item_id(stood.id).content.get() == LARGE,
        }


async def refusal(call: Awaitable[Any]) -> list[Any]:
    """Status and code of a call that must be refused, as the SDK understands it."""
    try:
        await call
    except ODataError as refused:
        return [refused.response_status_code, refused.error.code]
    return ["not refused"]


async def filed(office: Office) -> dict[str, Any]:
    """Folder, file by path, columns, and the row found by its key."""
    folder = await office.folder("root", "P-1001 Acme & Söhne 100%")
    at = office.items.by_drive_item_id(f"{folder.id}:/SOW #7.pdf:")
    file = await at.content.put(b"%PDF-1.7 signed")
    keyed = FieldValueSet(additional_data={"SluiceKey": "sow-7"})
    row = await office.items.by_drive_item_id(file.id).list_item.get()
    rows_of = office.client.drives.by_drive_id(office.drive_id).list_.items
    await rows_of.by_list_item_id(row.id).fields.patch(keyed)
    query = ItemsRequestBuilder.ItemsRequestBuilderGetQueryParameters(
        filter="fields/SluiceKey eq 'sow-7'", expand=["fields", "driveItem"]
    )
    rows = await rows_of.get(RequestConfiguration(query_parameters=query))
    return {
        "folder": folder.id,
        "file": file.id,
        "hash": file.file.hashes.quick_xor_hash,
        "media": file.file.mime_type,
        "found": [[each.drive_item.name, each.fields.additional_data["SluiceKey"]] for each in rows.value],
        "content": (await office.items.by_drive_item_id(file.id).content.get()).decode(),
    }


async def paged(office: Office, folder: str) -> list[str]:
    """The names in a folder, two on a page, by the SDK's own iterator."""
    for number in range(4):
        await office.items.by_drive_item_id(f"{folder}:/{number}.txt:").content.put(b"x")
    query = ChildrenRequestBuilder.ChildrenRequestBuilderGetQueryParameters(top=2)
    first = await office.items.by_drive_item_id(folder).children.get(RequestConfiguration(query_parameters=query))
    names: list[str] = []

    def note(item: DriveItem) -> bool:
        names.append(item.name)
        return True

    await PageIterator(first, office.adapter).iterate(note)
    return names


async def changed(office: Office, file: str) -> dict[str, Any]:
    """All changes, then one more, by the link that was given."""
    root = office.items.by_drive_item_id("root")
    page = await root.delta.get()
    whole = len(page.value)
    await office.items.by_drive_item_id(file).delete()
    page = await root.delta.with_url(page.odata_delta_link).get()
    return {"whole": whole, "gone": [one.id == file for one in page.value if one.deleted]}


async def shared(office: Office, folder: str, group: str) -> dict[str, Any]:
    """A folder opened to one group alone."""
    before = await office.items.by_drive_item_id(folder).permissions.get()
    wish = InvitePostRequestBody(
        recipients=[DriveRecipient(object_id=group)],
        roles=["write"],
        require_sign_in=True,
        send_invitation=False,
        retain_inherited_permissions=False,
    )
    await office.items.by_drive_item_id(folder).invite.post(wish)
    after = await office.items.by_drive_item_id(folder).permissions.get()
    stands = [[grant.granted_to_v2.group.id, grant.roles] for grant in after.value]
    return {"before": len(before.value), "after": stands}


async def batched(office: Office, folder: str) -> dict[str, int]:
    """Two questions in one request, one of which fails."""
    content = BatchRequestContent()
    ids = {}
    for name, item in (("stands", folder), ("gone", "none")):
        information = office.items.by_drive_item_id(item).to_get_request_information()
        part = BatchRequestItem(information)
        content.add_request(part.id, part)
        ids[name] = part.id
    answer = await office.client.batch.post(content)
    return {name: answer.get_response_by_id(part_id).status for name, part_id in ids.items()}


async def refused(office: Office, given: dict[str, Any]) -> dict[str, Any]:
    """What must not be done, and who must not come in."""
    other = Office(given, "wrong")
    other.drive_id = office.drive_id
    try:
        await other.items.by_drive_item_id("root").get()
        secret = "let in"
    except ClientAuthenticationError as denied:
        secret = str("AADSTS7000215" in str(denied))
    return {
        "twice": await refusal(office.folder("root", "p-1001 acme & söhne 100%")),
        "name": await refusal(office.folder("root", "a:b")),
        "absent": await refusal(office.items.by_drive_item_id("none").get()),
        "secret": secret,
    }


async def work(given: dict[str, Any]) -> dict[str, Any]:
    """A day in the office."""
    office = Office(given, given["client_secret"])
    told: dict[str, Any] = {"drives": await office.find(), "filed": await filed(office)}
    folder, file = told["filed"].pop("folder"), told["filed"].pop("file")
    told["paged"] = await paged(office, folder)
    told["uploaded"] = await office.upload(folder, "Large.bin")
    told["batched"] = await batched(office, folder)
    told["shared"] = await shared(office, folder, given["group"])
    told["changed"] = await changed(office, file)
    told["refused"] = await refused(office, given)
    return told


json.dump(asyncio.run(work(json.loads(sys.argv[1]))), sys.stdout)
