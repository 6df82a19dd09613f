"""`$batch` of the simulated environment: order, failures, and change sets that stand or fall together."""

import re

import httpx
import pytest

from tests.system_apis.dynamics_sales.environment import DATA, Environment

pytestmark = pytest.mark.req(33)

HEAD = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]


def request(line: str, body: str = "", *, content_id: str = "") -> str:
    """One part without its boundary."""
    number = [f"Content-ID: {content_id}"] if content_id else []
    return "\r\n".join([*HEAD, *number, "", f"{line} HTTP/1.1", "Content-Type: application/json", "", body, ""])


def changeset(*parts: str) -> str:
    """A change set without its boundary."""
    inner = "".join(f"--changes\r\n{part}" for part in parts)
    return f'Content-Type: multipart/mixed; boundary="changes"\r\n\r\n{inner}--changes--\r\n'


async def sent(env: Environment, *parts: str, going_on: bool = False, end: str = "--all--\r\n") -> httpx.Response:
    """Send a batch."""
    body = "".join(f"--all\r\n{part}" for part in parts) + end
    headers = {"Content-Type": 'multipart/mixed; boundary="all"'}
    prefer = {"Prefer": "odata.continue-on-error" if going_on else ""}
    return await env.person.post(f"{DATA}$batch", content=body.encode(), headers=headers | prefer)


def statuses(response: httpx.Response) -> list[int]:
    """The statuses of the parts, in order."""
    assert response.headers["content-type"].startswith("multipart/mixed; boundary=batchresponse_")
    return [int(found) for found in re.findall(r"HTTP/1\.1 (\d{3})", response.text)]


async def test_parts_are_answered_in_order_up_to_the_first_failure(env: Environment) -> None:
    """A failure ends the batch with its own status, unless the caller prefers to go on."""
    good, bad = request("GET accounts?$select=name"), request("GET accounts?$select=foo")

    stopped = await sent(env, good, bad, good)
    went_on = await sent(env, good, bad, request(f"GET {DATA}WhoAmI"), going_on=True)

    assert (400, [200, 400]) == (stopped.status_code, statuses(stopped))
    assert (200, [200, 400, 200]) == (went_on.status_code, statuses(went_on))


async def test_a_change_set_stands_or_falls_together(env: Environment) -> None:
    """Later parts refer to earlier ones; one that fails leaves nothing of the others, and is the only answer."""
    account = request("POST accounts", '{"name":"Contoso"}', content_id="1")
    bound = '{"lastname":"Moreau","parentcustomerid_account@odata.bind":"$1"}'
    contact = request("POST contacts", bound, content_id="2")
    renamed = request("PATCH $1", '{"name":"Fabrikam"}', content_id="3")

    whole = await sent(env, changeset(account, contact, renamed))
    undone = await sent(env, changeset(account, request("POST contacts", '{"foo":1}', content_id="2")))
    dangling = await sent(env, changeset(request("PATCH $9", "{}", content_id="1")))

    assert (200, [204, 204, 204], 3) == (whole.status_code, statuses(whole), whole.text.count("Content-ID"))
    assert (400, [400]) == (undone.status_code, statuses(undone))
    assert 400 == dangling.status_code
    accounts, contacts = await env.rows("accounts"), await env.rows("contacts")
    assert ["Fabrikam"] == [row["name"] for row in accounts]
    assert [accounts[0]["accountid"]] == [row["parentcustomerid"] for row in contacts]


async def test_a_batch_that_is_none_is_refused(env: Environment) -> None:
    """LF alone, no end, reads in a change set, other media types, broken request lines, and more than a thousand."""
    good = request("GET WhoAmI")
    headers = {"Content-Type": 'multipart/mixed; boundary="all"'}
    lines = await env.person.post(f"{DATA}$batch", content=f"--all\n{good}--all--\n".replace("\r", ""), headers=headers)
    refused = [
        lines,
        await env.person.post(f"{DATA}$batch", json={}),
        await sent(env, good, end=""),
        await sent(env, changeset(good)),
        await sent(env, good.replace("application/http", "text/plain")),
        await sent(env, request("GET")),
        await sent(env, *[good] * 1001),
    ]

    assert [400] * 7 == [response.status_code for response in refused]
    assert all("error" in response.json() for response in refused)
    assert 405 == (await env.person.get(f"{DATA}$batch")).status_code
