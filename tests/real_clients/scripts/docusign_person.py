"""A sender's work through the vendor's own client: signs in, sends, searches, reads and voids; prints JSON.

Arguments: a JSON document with the environment's host, the app, the user, its private key, two signers, and the file of
the authority that the client is to trust. The client waits for the signatures that its caller's people make: it prints
the id of what it sent on a line of its own, and goes on when a line comes back.
"""

import base64
import json
import sys
from collections.abc import Callable
from typing import Any

from docusign_esign import (
    ApiClient,
    ApiException,
    Configuration,
    CustomFields,
    Document,
    Envelope,
    EnvelopeDefinition,
    EnvelopesApi,
    Expirations,
    FoldersApi,
    FoldersRequest,
    Notification,
    Recipients,
    Signer,
    SignHere,
    Tabs,
    TextCustomField,
)

SCOPES = ["signature", "impersonation"]


def refusal(action: Callable[[], Any]) -> list[Any]:
    """The status of a call that must be refused, and the vendor's word for it."""
    try:
        action()
    except ApiException as refused:
        told = json.loads(refused.body)
        return [refused.status, told.get("errorCode") or told.get("error")]
    return []


def definition(given: dict[str, Any], key: str, *, status: str) -> EnvelopeDefinition:
    """What is to be signed, in the client's own models."""
    content = base64.b64encode(b"%PDF-1.4 EUR 1,420,000.00 /sign-here/").decode()
    document = Document(document_id="1", name="SOW", file_extension="pdf", document_base64=content)
    place = SignHere(anchor_string="/sign-here/", anchor_units="pixels", anchor_x_offset="0", anchor_y_offset="0")
    signers = [
        Signer(
            recipient_id=str(n),
            routing_order=str(n),
            name=f"Signer {n}",
            email=email,
            tabs=Tabs(sign_here_tabs=[place]),
        )
        for n, email in enumerate(given["signers"], start=1)
    ]
    fields = CustomFields(text_custom_fields=[TextCustomField(name="quote", value=key, show="false", required="false")])
    expirations = Expirations(expire_enabled="true", expire_after="30", expire_warn="3")
    return EnvelopeDefinition(
        email_subject=f"Statement of work {key}",
        status=status,
        documents=[document],
        recipients=Recipients(signers=signers),
        custom_fields=fields,
        transaction_id=f"t-{key}",
        notification=Notification(use_account_defaults="false", expirations=expirations),
    )


def sign_in(client: ApiClient, given: dict[str, Any]) -> dict[str, Any]:
    """A token by JWT grant, and where the default account answers."""
    host, key = given["host"], given["private_key"].encode()
    token = client.request_jwt_user_token(given["app"], given["user"], host, key, 3600, SCOPES)
    user = client.get_user_info(token.access_token)
    (account,) = [each for each in user.get_accounts() if str(each.is_default).lower() == "true"]
    client.host = f"{account.base_uri}/restapi"
    return {"account": account.account_id, "expires": token.expires_in, "type": token.token_type}


def work(envelopes: EnvelopesApi, folders: FoldersApi, given: dict[str, Any], account: str) -> dict[str, Any]:
    """Send one envelope and see it signed, void a second, send a draft and throw one away."""
    sent = envelopes.create_envelope(account, envelope_definition=definition(given, "Q-1", status="sent"))
    sys.stdout.write(f"{sent.envelope_id}\n")
    sys.stdout.flush()
    sys.stdin.readline()
    one = envelopes.get_envelope(account, sent.envelope_id, include="recipients,custom_fields")
    second = envelopes.create_envelope(account, envelope_definition=definition(given, "Q-2", status="sent"))
    voided = Envelope(status="voided", voided_reason="the scope has changed")
    envelopes.update(account, second.envelope_id, envelope=voided)
    draft = envelopes.create_envelope(account, envelope_definition=definition(given, "Q-3", status="created"))
    envelopes.update(account, draft.envelope_id, envelope=Envelope(status="sent"))
    spare = envelopes.create_envelope(account, envelope_definition=definition(given, "Q-4", status="created"))
    folders.move_envelopes(account, "recyclebin", folders_request=FoldersRequest(envelope_ids=[spare.envelope_id]))
    papers = [envelopes.get_document(account, which, sent.envelope_id) for which in ("combined", "certificate")]
    return {
        "sent": sent.status,
        "status": one.status,
        "signers": [[each.email, each.routing_order, each.status] for each in one.recipients.signers],
        "field": [[each.name, each.value] for each in one.custom_fields.text_custom_fields],
        "completed": bool(one.completed_date_time),
        "expires": one.expire_after,
        "papers": [paper[:5].decode() for paper in papers],
        "second": second.envelope_id,
        "twice": refusal(lambda: envelopes.update(account, second.envelope_id, envelope=voided)),
    }


def search(envelopes: EnvelopesApi, account: str) -> dict[str, Any]:
    """By custom field, by transaction id, by state, in pages."""
    since = {"from_date": "2015-01-01"}
    found = envelopes.list_status_changes(account, custom_field="quote=Q-1", include="recipients", **since)
    known = envelopes.list_status_changes(account, transaction_ids="t-Q-2")
    states = envelopes.list_status_changes(account, status="voided,completed", **since)
    page = envelopes.list_status_changes(account, count="2", order_by="status_changed", order="asc", **since)
    return {
        "found": [[each.email_subject, len(each.recipients.signers)] for each in found.envelopes],
        "transaction": [[each.transaction_id, each.status] for each in known.envelope_transaction_statuses],
        "states": sorted(each.status for each in states.envelopes),
        "page": [len(page.envelopes), page.result_set_size, page.total_set_size, bool(page.next_uri)],
    }


def main() -> None:
    """Do all of it."""
    given = json.loads(sys.argv[1])
    Configuration().ssl_ca_cert = given["authority"]
    client = ApiClient(oauth_host_name=given["host"])
    told: dict[str, Any] = {"login": sign_in(client, given)}
    account = told["login"]["account"]
    envelopes, folders = EnvelopesApi(client), FoldersApi(client)
    told["work"] = work(envelopes, folders, given, account)
    told["search"] = search(envelopes, account)
    stranger = ApiClient(host=client.host, oauth_host_name=given["host"])
    stranger.set_default_header("Authorization", "Bearer x")
    told["refused"] = {
        "absent": refusal(lambda: envelopes.get_envelope(account, "5f0a1b2c-0000-4000-8000-000000000000")),
        "period": refusal(lambda: envelopes.list_status_changes(account)),
        "token": refusal(lambda: EnvelopesApi(stranger).get_envelope(account, "x")),
        "polling": [refusal(lambda: envelopes.get_envelope(account, told["work"]["second"])) for _ in range(5)][-1],
        "user": refusal(lambda: sign_in(ApiClient(oauth_host_name=given["host"]), {**given, "user": given["nobody"]})),
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
