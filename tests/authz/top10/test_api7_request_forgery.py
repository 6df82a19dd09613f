"""API7:2023, server side request forgery: addresses that would have us call ourselves, or the cloud's own."""

from __future__ import annotations

import pytest

from tests.authz.ground import Ground
from tests.authz.top10.attacking import PARTNERS, Attacker, added, endpoint
from tests.kit.egress.receiver import receiving

pytestmark = [pytest.mark.authz, pytest.mark.asyncio(loop_scope="package"), pytest.mark.req(300)]
INSIDE = (
    "https://127.0.0.1/",
    "https://localhost/",
    "https://0.0.0.0/",
    "https://10.0.0.7/",
    "https://172.16.4.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.100.100.200/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://017700000001/",
    "https://127.1/",
)
STRANGE = (
    "http://8.8.8.8/",
    "ftp://8.8.8.8/",
    "file:///etc/passwd",
    "gopher://8.8.8.8:70/",
    "https://8.8.8.8:22/",
    "https://8.8.8.8@127.0.0.1/",
    "https://user:word@8.8.8.8/",
    "https://8.8.8.8/#@127.0.0.1",
    "https://8.8.8.8\\@127.0.0.1/",
    "https:///hook",
    "//127.0.0.1/",
)


@pytest.mark.parametrize("url", [*INSIDE, *STRANGE])
async def test_no_endpoint_leads_inside(house: Ground, url: str) -> None:
    """422 without a word on what stands there; nothing was made."""
    partner = Attacker(house, "partner")
    answer = await partner.ask(
        "POST", f"{PARTNERS}/webhook-endpoints", endpoint(url), key=f"api7-{url!r:.60}".replace(" ", "")
    )
    listed = await partner.ask("GET", f"{PARTNERS}/webhook-endpoints")

    assert answer.status_code in {400, 422}
    assert [] == [each for each in listed.json()["items"] if each["url"] == url]


async def test_an_endpoint_is_not_turned_inside_later(house: Ground) -> None:
    """What was refused when it was added is refused when it is changed; the old address stays."""
    partner = Attacker(house, "partner")
    made = (await added(partner, key="api7-change"))["endpoint"]
    at = f"{PARTNERS}/webhook-endpoints/{made['endpoint_id']}"
    answer = await partner.ask("PUT", at, endpoint("https://127.0.0.1/"), **{"if-match": f'"{made["etag"]}"'})

    assert 422 == answer.status_code
    assert made["url"] == (await partner.ask("GET", at)).json()["url"]


async def test_nobody_listens_in_vain(house: Ground) -> None:
    """A server on this machine that is named as an endpoint hears nothing, not even a connection."""
    partner = Attacker(house, "partner")
    async with receiving() as inside:
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]"):
            url = f"https://{host}:{inside.port}/"
            await partner.ask("POST", f"{PARTNERS}/webhook-endpoints", endpoint(url), key=f"api7-heard-{len(host)}")

    assert ([], 0) == (inside.heard, inside.most_at_once)
