"""Reads one customer with the `netsuite` client of PyPI and tells what it saw; JSON in on stdin, JSON out on stdout."""

import asyncio
import json
import sys
from typing import Any

from netsuite import Config, NetSuiteRestApi, TokenAuth
from netsuite.exceptions import NetsuiteAPIRequestError


class Loopback(NetSuiteRestApi):
    """The client, pointed at an address of our own; host and https are fixed otherwise."""

    def __init__(self, config: Config, *, base_url: str) -> None:
        super().__init__(config)
        self._base_url = base_url

    def _make_url(self, subpath: str) -> str:
        return f"{self._base_url}/services/rest{subpath}"


async def read(asked: dict[str, Any]) -> dict[str, Any]:
    auth = TokenAuth(**asked["auth"])
    api = Loopback(Config(account=asked["account"], auth=auth), base_url=asked["base_url"])
    key = asked["customer"]
    written = await api.put(f"/record/v1/customer/eid:{key}-2", json=asked["second"])
    billed = await api.put(f"/record/v1/invoice/eid:{key}-inv", json=asked["invoice"])
    seen = {
        "put": written,
        "billed": billed,
        "invoice": await api.get(f"/record/v1/invoice/eid:{key}-inv"),
        "by_key": await api.get(f"/record/v1/customer/eid:{key}"),
        "by_query": await api.suiteql(asked["query"], limit=5),
        "filtered": await api.get(
            "/record/v1/customer", params={"q": 'companyName START_WITH "Northwind"', "limit": 5}
        ),
        "schema": sorted((await api.jsonschema("customer"))["properties"]),
    }
    try:
        await api.put(f"/record/v1/customer/eid:{key}", json={"compnayName": "typo"})
    except NetsuiteAPIRequestError as refusal:
        seen["refused"] = str(refusal)
    wrong = Loopback(Config(account=asked["account"].lower(), auth=auth), base_url=asked["base_url"])
    try:
        await wrong.get(f"/record/v1/customer/eid:{key}")
    except NetsuiteAPIRequestError as refusal:
        seen["wrong_realm"] = str(refusal)
    return seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(read(json.load(sys.stdin)))))
