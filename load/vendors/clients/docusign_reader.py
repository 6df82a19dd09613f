"""Reads an envelope by our key with the vendor's own client: by its custom field, with recipients and fields."""

from docusign_esign import ApiClient, Configuration, EnvelopesApi
from repeated import asked, repeated

given = asked()
config = given["config"]
host = given["safe_url"].removeprefix("https://")
Configuration().ssl_ca_cert = given["authority"]
client = ApiClient(oauth_host_name=host)
key = config["private_key"].encode()
scopes = ["signature", "impersonation"]
token = client.request_jwt_user_token(config["integration_key"], config["user_id"], host, key, 3600, scopes)
(account,) = [
    each for each in client.get_user_info(token.access_token).get_accounts() if each.account_id == config["account_id"]
]
client.host = f"{account.base_uri}/restapi"
envelopes = EnvelopesApi(client)


def envelope() -> int:
    """The envelopes that bear the key; how many came."""
    page = envelopes.list_status_changes(
        account.account_id,
        from_date="2015-01-01",
        custom_field=f"sluice_key={given['key']}",
        include="recipients,custom_fields",
    )
    return len([each for each in page.envelopes if each.recipients.signers and each.custom_fields])


repeated(envelope, rows=1, seconds=given["seconds"])
