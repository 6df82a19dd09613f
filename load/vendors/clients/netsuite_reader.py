"""Reads a customer by our key with the `netsuite` client of PyPI, by tokens."""

import asyncio

from netsuite import Config, NetSuiteRestApi, TokenAuth
from repeated import asked, repeated

given = asked()
held = given["seed"]["integrations"][0]
auth = TokenAuth(
    consumer_key=held["consumerKey"],
    consumer_secret=held["consumerSecret"],
    token_id=held["tokens"][0]["tokenId"],
    token_secret=held["tokens"][0]["tokenSecret"],
)


class Loopback(NetSuiteRestApi):
    """The client, pointed at an address of our own; host and https are fixed otherwise."""

    def _make_url(self, subpath: str) -> str:
        return f"{given['url']}/services/rest{subpath}"


api = Loopback(Config(account=given["config"]["account"], auth=auth))


def customer() -> int:
    """The customer; one row."""
    return len([loop.run_until_complete(api.get(f"/record/v1/customer/eid:{given['key']}"))])


loop = asyncio.new_event_loop()
repeated(customer, rows=1, seconds=given["seconds"])
