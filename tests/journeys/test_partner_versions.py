"""Three partner versions live at once over a whole estate, and the end of one of them."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from jsonschema_rs import Draft202012Validator

import gateway
from kit.cli import embedded as raising
from kit.cli.demo.journey import Told
from kit.cli.demo.play import tell
from kit.cli.estate import estate
from kit.cli.landscape import Landscape
from kit.cli.main import main
from kit.door.meter import read_usage
from kit.tier.documents import committed
from kit.versions import history
from kit.versions.document import answer_schema
from tests.kit.egress.receiver import receiving
from tests.process_apis.webhooks.test_telling import signed_by

pytestmark = pytest.mark.asyncio(loop_scope="module")
NEWEST, MIDDLE, OLDEST = history("partners").versions
AT = "/experience/partners"
ROUTES = Path(str(gateway.__file__)).with_name("routes.toml")


@pytest.fixture(scope="module")
def usage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the gateway counts who calls what."""
    return tmp_path_factory.mktemp("usage") / "usage.jsonl"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def landscape(usage: Path) -> AsyncIterator[Landscape]:
    """Estate atlantic, raised once for all tests of this file; its gateway keeps its counts."""
    section = raising.gateway_section

    def counting(*given: Any, **named: Any) -> dict[str, Any]:
        return {**section(*given, **named), "policies": {"meter": {"path": str(usage), "every_s": 0.05}}}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raising, "gateway_section", counting)
        async with raising.embedded(estate("atlantic")) as raised:
            yield raised


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(landscape: Landscape) -> Told:
    """The story, told once: there is a project."""
    return await tell(landscape, watch=lambda case, acts: None)


class Partner:
    """A company's machine in front of the gateway."""

    def __init__(self, landscape: Landscape, name: str) -> None:
        self._http = httpx.AsyncClient(base_url=landscape.addresses["gateway"], timeout=30)
        self._papers = {"Authorization": f"Bearer {landscape.people[name]}"}

    async def get(self, path: str, version: str = "", **fields: str) -> httpx.Response:
        """Ask, in a version or in the agreed one."""
        spoken = {"Sluice-Version": version} if version else {}
        spoken |= {name.replace("_", "-"): value for name, value in fields.items()}
        return await self._http.get(AT + path, headers={**self._papers, **spoken})

    async def post(self, path: str, body: dict[str, Any] | None, version: str, key: str) -> httpx.Response:
        """Say."""
        headers = {**self._papers, "Sluice-Version": version, "Idempotency-Key": key}
        return await self._http.post(AT + path, headers=headers, json=body)

    async def close(self) -> None:
        """Leave."""
        await self._http.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def partner(landscape: Landscape, told: Told) -> AsyncIterator[Partner]:
    """The partner of the story's customer."""
    someone = Partner(landscape, "partner-demo")
    yield someone
    await someone.close()


@pytest.fixture(scope="module")
def project(told: Told) -> str:
    """The path of the project that the deal became."""
    return f"/projects/prj-{told.journey.opportunity_id}"


@pytest.mark.req(5, 212)
async def test_three_versions_answer_the_same_project_each_in_its_own_shape(partner: Partner, project: str) -> None:
    """The same facts: money apart or together, days flat or nested, states in old words or new."""
    newest, middle, oldest = [(await partner.get(project, version)).json() for version in (NEWEST, MIDDLE, OLDEST)]

    assert {"amount": "1420000.00", "currency": "EUR"} == newest["value"]
    assert ("1420000.00", "EUR") == (middle["amount"], middle["currency"])
    assert newest["period"] == {name: oldest[name] for name in ("starts_on", "ends_on")}
    assert ("active", "active", "live") == (newest["state"], middle["state"], oldest["state"])
    same = ("project_id", "name", "order_reference", "changed_at")
    assert [newest[name] for name in same] == [middle[name] for name in same] == [oldest[name] for name in same]


@pytest.mark.req(4, 212)
@pytest.mark.parametrize("version", [NEWEST, MIDDLE, OLDEST])
async def test_every_answer_fits_the_published_document_of_its_version(
    partner: Partner, project: str, version: str
) -> None:
    """What a partner's generated client was made from is what it gets."""
    document = committed()[f"partners-{version}"]
    asked = ("/projects", project, f"{project}/staffing-requests", f"{project}/billing")
    templates = ("/projects", *(f"/projects/{{project_id}}{rest}" for rest in ("", "/staffing-requests", "/billing")))
    for path, template in zip(asked, templates, strict=True):
        answer = await partner.get(path, version)
        schema = dict(answer_schema(document["paths"][f"/partners{template}"]["get"]) or {})
        check = Draft202012Validator({**schema, "components": document["components"]})
        assert (200, version) == (answer.status_code, answer.headers["sluice-version"])
        assert [] == [error.message for error in check.iter_errors(answer.json())]


@pytest.mark.req(5)
async def test_the_deprecated_version_says_when_it_ends_and_where_to_go(partner: Partner, project: str) -> None:
    """Deprecation, Sunset and Link stand on its answers, also on refusals, and on no other version's."""
    for path in (project, "/projects/none"):
        told = (await partner.get(path, OLDEST)).headers
        assert told["deprecation"].startswith("@")
        assert told["sunset"].endswith(" GMT")
        assert f'partners-{NEWEST}.json>; rel="successor-version"' in told["link"]
    assert {"deprecation", "sunset", "link"}.isdisjoint((await partner.get(project, MIDDLE)).headers)


async def test_the_successor_named_in_the_link_can_be_fetched(partner: Partner, project: str) -> None:
    """The link leads to the document of the version to move to."""
    link = (await partner.get(project, OLDEST)).headers["link"].partition(">")[0].removeprefix("<")
    answer = await partner._http.get(link, headers=partner._papers)

    assert (200, NEWEST) == (answer.status_code, answer.json()["info"]["version"])


@pytest.mark.req(5)
async def test_without_a_header_the_agreed_version_is_spoken(landscape: Landscape, partner: Partner) -> None:
    """Each client has its own pin; a client without one has to say."""
    clerk, rival = Partner(landscape, "partner-clerk"), Partner(landscape, "partner-rival")
    try:
        assert NEWEST == (await partner.get("/projects")).headers["sluice-version"]
        assert MIDDLE == (await clerk.get("/projects")).headers["sluice-version"]
        refused = await rival.get("/projects")
        assert (400, "sunset.version_missing") == (refused.status_code, refused.json()["code"])
    finally:
        await clerk.close()
        await rival.close()


@pytest.mark.req(300)
async def test_another_partner_does_not_learn_that_the_project_exists(landscape: Landscape, project: str) -> None:
    """An empty page and 404, at the experience and at the process behind it."""
    rival = Partner(landscape, "partner-rival")
    try:
        assert [] == (await rival.get("/projects", NEWEST)).json()["items"]
        for path in (project, f"{project}/billing", f"{project}/staffing-requests"):
            assert 404 == (await rival.get(path, NEWEST)).status_code
        behind = await rival._http.get(f"/process/engagements{project}", headers=rival._papers)
        assert 404 == behind.status_code
    finally:
        await rival.close()


@pytest.mark.req(291)
@pytest.mark.parametrize("version", [NEWEST, OLDEST])
async def test_who_lacks_the_scope_sees_no_money_in_any_version(
    landscape: Landscape, project: str, version: str
) -> None:
    """Confidential fields are left out, here and behind, and the answer says that something was."""
    clerk = Partner(landscape, "partner-clerk")
    try:
        answers = [await clerk.get(path, version) for path in ("/projects", project, f"{project}/billing")]
        behind = await clerk._http.get(f"/process/engagements{project}/billing", headers=clerk._papers)
        for answer in (*answers, behind):
            assert 200 == answer.status_code
            assert int(answer.headers["sluice-masked"]) > 0
            assert "EUR" not in answer.text
    finally:
        await clerk.close()


@pytest.mark.req(212, 243)
async def test_a_command_in_the_old_words_takes_effect_once(partner: Partner, project: str) -> None:
    """The old body is checked by the old contract, carried up, done, and answered in the old shape."""
    requests = (await partner.get(f"{project}/staffing-requests", OLDEST)).json()["items"]
    at = f"{project}/staffing-requests/{requests[0]['request_id']}/acknowledgement"
    refused = await partner.post(at, {"note": "the new word"}, OLDEST, "k1")
    first = await partner.post(at, {"comment": "seen"}, OLDEST, "k2")
    again = await partner.post(at, {"comment": "seen"}, OLDEST, "k2")
    newest = (await partner.get(f"{project}/staffing-requests", NEWEST)).json()["items"][0]

    assert (422, "/note") == (refused.status_code, refused.json()["errors"][0]["pointer"])
    assert (200, "acknowledged") == (first.status_code, first.json()["state"])
    assert "starts_on" in first.json()
    assert first.json() == again.json()
    assert "partner-demo" == newest["acknowledgement"]["by"]


async def counted(usage: Path, *, version: str) -> None:
    """Wait until the gateway has written down that somebody spoke this version."""
    async with asyncio.timeout(10):
        while version not in {row.version for row in read_usage(usage)}:  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.02)


@pytest.mark.req(5)
async def test_a_version_in_use_cannot_be_taken_away(
    partner: Partner, project: str, usage: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`sluice gateway check` refuses to retire it while somebody called it within the window, and only then."""
    proposal, unused = tmp_path / "routes.toml", tmp_path / "none.jsonl"
    proposal.write_text(ROUTES.read_text().replace('state = "deprecated"', 'state = "retired"'))
    assert 200 == (await partner.get(project, OLDEST)).status_code
    await counted(usage, version=OLDEST)

    assert 0 == main(["gateway", "check", "--usage", str(usage)])
    assert 0 == main(["gateway", "check", "--routes", str(proposal), "--usage", str(unused)])
    assert 1 == main(["gateway", "check", "--routes", str(proposal), "--usage", str(usage)])
    said = capsys.readouterr().err
    assert f"version {OLDEST} of partners was called within 30 days" in said
    assert "partner-demo" in said


@pytest.mark.req(5, 212)
async def test_the_report_names_who_has_to_move_and_what_they_still_send(
    partner: Partner, usage: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Consumer, operation, the superseded word they used, the day it ends, and what they will have to change."""
    assert 200 == (await partner.get("/projects?state=live", OLDEST)).status_code
    async with asyncio.timeout(10):
        while not any("ProjectState=live" in row.fields for row in read_usage(usage)):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)

    assert 0 == main(["gateway", "sunset-report", "--json", "--usage", str(usage)])
    rows = json.loads(capsys.readouterr().out.splitlines()[-1])
    (row,) = [each for each in rows if each["operation"] == "partners.partners_projects" and each["fields"]]
    assert (OLDEST, NEWEST, "2027-03-01") == (row["version"], row["successor"], row["sunset_on"])
    assert row["consumer"].endswith("partner-demo")
    assert "The states of a project say what they mean." in row["changes"]


@pytest.mark.req(60, 223, 226, 293)
async def test_a_partner_is_told_rotates_and_has_it_told_again(
    landscape: Landscape, partner: Partner, project: str
) -> None:
    """An endpoint is added in an old version, pinged, told of the project by a replay, and signed by both secrets."""
    hooks, began = "/webhook-endpoints", "2026-01-01T00:00:00Z"
    async with receiving() as receiver:
        body = {"url": f"http://127.0.0.1:{receiver.port}/in", "event_types": ["project.provisioned"]}
        made = await partner.post(hooks, body, OLDEST, "hook")
        again = await partner.post(hooks, body, OLDEST, "hook")
        at = f"{hooks}/{made.json()['endpoint']['endpoint_id']}"
        shown = await partner.post(f"{at}/secrets", {"overlap_h": 1}, NEWEST, "rotate")
        await partner.post(f"{at}/pings", None, NEWEST, "ping")
        span = {"since": began, "until": "2100-01-01T00:00:00Z"}
        replayed = await partner.post(f"{at}/replays", span, NEWEST, "replay")
        async with asyncio.timeout(20):
            log = (await partner.get(f"{at}/deliveries", NEWEST)).json()["items"]
            while any(each["state"] == "pending" for each in log):
                await asyncio.sleep(0.05)
                log = (await partner.get(f"{at}/deliveries", NEWEST)).json()["items"]
        rival = Partner(landscape, "partner-rival")
        strange = await rival.get(at, NEWEST)
        await rival.close()

    secrets = [answer.json()["secret"] for answer in (made, shown)]
    assert (200, "no-store") == (made.status_code, made.headers["cache-control"])
    assert made.json() == again.json()
    assert "idempotency-replayed" not in again.headers
    assert (202, 1) == (replayed.status_code, replayed.json()["messages"])
    ping, told = receiver.heard
    assert ("ping", "project.provisioned") == (json.loads(ping.body)["type"], json.loads(told.body)["type"])
    assert project == f"/projects/{json.loads(told.body)['data']['project_id']}"
    assert all(signed_by(heard, value) for heard in (ping, told) for value in (secrets[0]["secret"], secrets[1]))
    assert ["delivered", "delivered"] == [each["state"] for each in log]
    assert 404 == strange.status_code


@pytest.mark.req(212, 291)
async def test_a_broken_export_is_taken_up_where_it_ended(landscape: Landscape, partner: Partner, project: str) -> None:
    """Through the door: whole, in two ranges of one file, not at all when it has not changed, and without amounts."""
    whole = await partner.get("/exports/projects", NEWEST)
    etag, half = whole.headers["etag"], len(whole.content) // 2
    first = await partner.get("/exports/projects", NEWEST, Range=f"bytes=0-{half}")
    rest = await partner.get("/exports/projects", NEWEST, Range=f"bytes={half + 1}-", If_Range=etag)
    other = await partner.get("/exports/projects", NEWEST, Range=f"bytes={half + 1}-", If_Range='"another"')
    same = await partner.get("/exports/projects", NEWEST, If_None_Match=etag)
    clerk = Partner(landscape, "partner-clerk")
    masked = await clerk.get("/exports/projects", NEWEST)
    none = await clerk.get("/exports/invoices", NEWEST)
    await clerk.close()

    assert (200, "application/x-ndjson") == (whole.status_code, whole.headers["content-type"].partition(";")[0])
    assert [project.rpartition("/")[2]] == [json.loads(line)["project_id"] for line in whole.text.splitlines()]
    assert ([206, 206, 200, 304], whole.content) == (
        [answer.status_code for answer in (first, rest, other, same)],
        first.content + rest.content,
    )
    assert ("EUR" in whole.text, "EUR" in masked.text) == (True, False)
    assert (200, b"") == (none.status_code, none.content)
