"""Webhooks of the simulated account: what is subscribed to is posted, and posted again until it is taken."""

import base64
import hashlib
import hmac
from collections.abc import MutableMapping
from typing import Any

import msgspec
import pytest

from kit.serving import serving
from tests.system_apis.hubspot.account import Account

pytestmark = pytest.mark.req(34)

SECRET = "a secret of the app's"


class Listener:
    """Somebody who takes posts, or does not."""

    def __init__(self) -> None:
        self.status = 204
        self.heard: list[tuple[dict[str, str], bytes]] = []

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Keep a post and answer it."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.heard.append(({name.decode(): value.decode() for name, value in scope["headers"]}, body))
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def events(self) -> list[dict[str, Any]]:
        """Every event of every post."""
        return [event for _, body in self.heard for event in msgspec.json.decode(body)]


async def test_an_app_is_told_what_it_has_subscribed_to_until_it_takes_it(account: Account) -> None:
    """Creations of one kind and changes of one property, signed; refused ones come again with the attempt counted."""
    listener = Listener()
    async with serving(listener) as target:
        subscriptions = [
            {"id": 1, "type": "deal.propertyChange", "property": "dealstage"},
            {"id": 2, "type": "object.creation", "objectTypeId": "0-3"},
            {"id": 3, "type": "company.deletion"},
        ]
        app = {"app_id": 9, "client_secret": SECRET, "target": f"{target}/in", "subscriptions": subscriptions}
        account.sandbox.seed({"webhooks": app})
        deal = await account.deal()
        await account.change("deals", deal, amount="5", dealstage="closedwon")
        await account.change("deals", deal, dealstage="closedwon")
        company = await account.create("companies", name="x")
        listener.status = 500
        await account.person.delete(f"/crm/v3/objects/companies/{company}")
        listener.status = 204
        await account.person.get("/crm/v3/owners")
        account.sandbox.advance(9000)
        await account.person.get("/crm/v3/owners")

    assert [
        ("object.creation", deal, 0, None),
        ("deal.propertyChange", deal, 0, "closedwon"),
        ("company.deletion", company, 0, None),
        ("company.deletion", company, 1, None),
    ] == [
        (event["subscriptionType"], str(event["objectId"]), event["attemptNumber"], event.get("propertyValue"))
        for event in listener.events()
    ]
    assert ("0-3", "CREATED") == (listener.events()[0]["objectTypeId"], listener.events()[0]["changeFlag"])
    headers, body = listener.heard[0]
    source = b"POST" + f"{target}/in".encode() + body + headers["x-hubspot-request-timestamp"].encode()
    signature = hmac.new(SECRET.encode(), source, hashlib.sha256).digest()
    assert base64.b64encode(signature).decode() == headers["x-hubspot-signature-v3"]


async def test_an_app_that_is_not_there_is_given_up_in_the_end(account: Account) -> None:
    """Ten more attempts within a day, and then no more."""
    subscriptions = [{"id": 1, "type": "deal.creation"}]
    app = {"app_id": 9, "client_secret": SECRET, "target": "http://127.0.0.1:1/", "subscriptions": subscriptions}
    account.sandbox.seed({"webhooks": app})
    await account.deal()
    listener = Listener()
    async with serving(listener) as target:
        for attempt in range(1, 12):
            account.sandbox.advance(9000)
            if attempt == 11:
                account.sandbox.seed({"webhooks": {**app, "target": target}})
            await account.person.get("/crm/v3/owners")

    assert [] == listener.events()
