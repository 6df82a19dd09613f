"""Reads a document by our key with Microsoft's SDK for Graph: the row of the list with its columns and its file."""

import asyncio

from azure.identity import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.drives.item.list_.items.items_request_builder import ItemsRequestBuilder
from repeated import asked, repeated

given = asked()
config = given["config"]
credential = ClientSecretCredential(
    config["tenant_id"],
    config["client_id"],
    config["client_secret"],
    authority=given["safe_url"],
    disable_instance_discovery=True,
)
scopes = ["https://graph.microsoft.com/.default"]
provider = AzureIdentityAuthenticationProvider(credential, scopes=scopes, allowed_hosts=["127.0.0.1"])
adapter = GraphRequestAdapter(provider)
client = GraphServiceClient(request_adapter=adapter)
adapter.base_url = f"{given['safe_url']}/v1.0"
ROWS = client.drives.by_drive_id(config["drive_id"]).list_.items
QUERY = ItemsRequestBuilder.ItemsRequestBuilderGetQueryParameters(
    filter=f"fields/SluiceKey eq '{given['key']}'", expand=["fields", "driveItem"], top=2
)


def document() -> int:
    """The rows that bear the key, with a file; how many came."""
    page = loop.run_until_complete(ROWS.get(RequestConfiguration(query_parameters=QUERY)))
    return len([row for row in page.value if row.drive_item.file and row.fields.additional_data["SluiceKey"]])


loop = asyncio.new_event_loop()
repeated(document, rows=1, seconds=given["seconds"])
