import asyncio
import copy
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway import Config
from gateway.snapshot import SnapshotRefused
from kit.door.policy import OrderRefused
from tests.gateway.shop import DOCUMENT
from tests.gateway.street import ROUTES, Seen, good, street

ORDER = {"customer": {"name": "A"}, "lines": [{"sku": "x", "quantity": 1}]}


@pytest.mark.req(2, 4, 7, 300)
@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("GET", "/nowhere", {}, 404, "match.path_unknown"),
        ("GET", "/shop", {}, 404, "match.path_unknown"),
        ("PUT", "/shop/orders", {}, 405, "match.method_unknown"),
        ("GET", "/shop/orders/7", {"headers": {"Authorization": ""}}, 401, "authenticate.token_missing"),
        ("GET", "/shop/orders/x", {}, 400, "validate.parameters"),
        ("GET", "/shop/orders?drop=1", {}, 400, "validate.parameters"),
        ("POST", "/shop/orders", {"json": {}}, 422, "validate.body"),
        ("POST", "/shop/orders", {"content": b"x"}, 415, "validate.media_type"),
        ("POST", "/shop/orders/7/approval", {}, 400, "idempotency.key_missing"),
        (
            "POST",
            "/shop/orders/7/approval",
            {"headers": {"Idempotency-Key": "k"}},
            428,
            "idempotency.precondition_missing",
        ),
        ("GET", "/_gateway/nothing", {}, 404, "office.path_unknown"),
        ("POST", "/_gateway/status", {}, 405, "office.method_unknown"),
        ("GET", "/_gateway/a%2fb", {}, 400, "guard.target_slash"),
    ],
)
async def test_every_refusal_is_a_problem_with_code_policy_and_trace(  # noqa: PLR0917 - a row of the table
    tmp_path: Path, method: str, path: str, options: dict[str, Any], status: int, code: str
) -> None:
    """One form for all of them; the tier is not asked; the decision log has the same code and trace."""
    async with street(tmp_path) as place:
        headers = {**place.bearer(), **options.pop("headers", {})}
        request = place.client.build_request(method, "/", headers=headers, **options)
        request.url = request.url.copy_with(raw_path=path.encode())
        answer = await place.client.send(request)
        problem = answer.json()
        assert (status, code, code.split(".", maxsplit=1)[0]) == (
            answer.status_code,
            problem["code"],
            problem["policy"],
        )
        assert "application/problem+json" == answer.headers["content-type"]
        assert answer.headers["x-trace-id"] == problem["trace_id"]
        (line,) = await place.lines(1)
        assert (code, problem["trace_id"], status) == (line["decision"], line["trace"], line["status"])
        assert [] == place.tier.seen


@pytest.mark.req(3)
async def test_of_forty_at_once_exactly_ten_get_through(tmp_path: Path) -> None:
    """Through sockets, concurrently: the declared number, and Retry-After on every other."""
    async with street(tmp_path, routes=ROUTES.replace("10000/minute", "10/hour;1000/day")) as place:
        answers = await asyncio.gather(*(place.get(f"/shop/orders/{n}") for n in range(40)))
        statuses = [answer.status_code for answer in answers]
        assert (10, 30, 10) == (statuses.count(200), statuses.count(429), len(place.tier.seen))
        waits = {int(answer.headers["retry-after"]) for answer in answers if answer.status_code == 429}
        assert waits <= set(range(3_600, 3_721))


@pytest.mark.req(290, 303)
async def test_the_log_has_a_line_for_each_decision_and_no_secret_in_any(tmp_path: Path) -> None:
    """Passed and refused; no token, no query, no body."""
    async with street(tmp_path) as place:
        await place.get("/shop/orders?limit=42")
        await place.post("/shop/orders", json={**ORDER, "note": "confidential"})
        await place.client.get("/shop/orders", headers={"Authorization": "Bearer a.b.c"})
        lines = await place.lines(3)
        assert [("ok", "shop.list"), ("ok", "shop.place"), ("authenticate.token_malformed", "shop.list")] == [
            (line["decision"], line["operation"]) for line in lines
        ]
        text = place.log.read_text()
        for secret in ("confidential", "limit=42", "a.b.c", "eyJ"):
            assert secret not in text


@pytest.mark.req(12)
async def test_a_shadowed_policy_is_noted_and_lets_pass(tmp_path: Path) -> None:
    """What would have been refused reaches the tier, and the log says what would have been said."""
    async with street(tmp_path, shadow=["validate", "idempotency"]) as place:
        assert 200 == (await place.post("/shop/orders/7/approval")).status_code
        (line,) = await place.lines(1)
        assert ("ok", ["idempotency.key_missing", "validate.parameters"]) == (line["decision"], line["shadow"])


async def test_what_others_live_on_is_not_shadowed(tmp_path: Path) -> None:
    """The door does not open at all."""
    with pytest.raises(OrderRefused, match="guard cannot be shadowed"):
        async with street(tmp_path, shadow=["guard"]):
            pass


@pytest.mark.req(8, 31)
async def test_the_gateway_says_what_it_serves(tmp_path: Path) -> None:
    """Hash and age of the snapshot, health, and each document under the address outsiders use."""
    async with street(tmp_path) as place:
        status = (await place.client.get("/_gateway/status")).json()
        assert (64, 6, "") == (len(status["hash"]), status["operations"], status["refused"])
        assert 0 <= status["age_s"] < 60
        assert {"status": "ok"} == (await place.client.get("/_gateway/health")).json()
        document = (await place.client.get("/_gateway/openapi/shop.json")).json()
        assert ([{"url": "/shop"}], DOCUMENT["paths"]) == (document["servers"], document["paths"])


@pytest.mark.req(25, 254)
async def test_a_bad_snapshot_is_refused_and_the_last_good_one_stays(tmp_path: Path) -> None:
    """The status tells file and reason; requests go on as before; the next good one is taken."""
    async with street(tmp_path) as place:
        before = (await place.client.get("/_gateway/status")).json()["hash"]
        bad = copy.deepcopy(DOCUMENT)
        del bad["paths"]["/orders"]["get"]["operationId"]
        with pytest.raises(SnapshotRefused, match=r"shop\.json: GET /orders has no operationId"):
            place.gateway.swap({"shop": bad})
        status = (await place.client.get("/_gateway/status")).json()
        assert (before, "shop.json: GET /orders has no operationId") == (status["hash"], status["refused"])
        assert 200 == (await place.get("/shop/orders/7")).status_code
        less = copy.deepcopy(DOCUMENT)
        del less["paths"]["/files"]
        assert before != place.gateway.swap({"shop": less})
        assert 404 == (await place.post("/shop/files")).status_code
        assert before == place.gateway.swap({"shop": DOCUMENT})


async def test_a_request_ends_on_the_snapshot_it_began_with(tmp_path: Path) -> None:
    """Taken out while it is with the tier, an operation still answers whom it let in."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def waits(seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await go_on.wait()
        await good(seen, reader, writer)

    async with street(tmp_path, behave=waits) as place:
        flying = asyncio.create_task(place.get("/shop/orders/7"))
        await asked.wait()
        less = copy.deepcopy(DOCUMENT)
        del less["paths"]["/orders/{order_id}"]
        place.gateway.swap({"shop": less})
        assert 404 == (await place.get("/shop/orders/7")).status_code
        go_on.set()
        assert 200 == (await flying).status_code


async def test_a_hundred_swaps_under_load_drop_nothing(tmp_path: Path) -> None:
    """Requests during swaps are all answered, and rightly."""
    async with street(tmp_path) as place:
        stop = False

        async def load() -> list[int]:
            statuses = []
            while not stop:
                statuses.append((await place.get("/shop/orders/7")).status_code)
            return statuses

        workers = [asyncio.create_task(load()) for _ in range(4)]
        for n in range(100):
            changed = {**DOCUMENT, "info": {"title": "Shop", "version": str(n)}}
            place.gateway.swap({"shop": changed})
            await asyncio.sleep(0)
        stop = True
        statuses = [status for each in await asyncio.gather(*workers) for status in each]
        assert {200} == set(statuses)


BAD_ROUTES = [
    ("nonsense", "Expected"),
    (ROUTES + 'colour = "red"', "unknown field `colour`"),
    (ROUTES.replace('prefix = "/shop"', 'prefix = "shop"'), "is no prefix"),
    (ROUTES.replace('"process"', '"nowhere"'), "no address for upstream nowhere"),
    (ROUTES.replace('["shop"]', '["shoes"]'), "no document called shoes"),
    (ROUTES.replace("10000/minute", "often"), "not in the grammar"),
    (ROUTES + ROUTES, "two products have one name"),
    (ROUTES + ROUTES.replace('name = "shop"', 'name = "shop2"'), "both answer"),
]


@pytest.mark.req(6, 10, 25)
@pytest.mark.parametrize(("routes", "reason"), BAD_ROUTES)
async def test_routes_that_cannot_be_offered_are_refused_with_file_and_reason(
    tmp_path: Path, routes: str, reason: str
) -> None:
    """The door does not open on a guess."""
    with pytest.raises(SnapshotRefused, match=reason) as refused:
        async with street(tmp_path, routes=routes):
            pass
    assert refused.value.file.endswith("routes.toml")


async def test_a_policy_that_fails_lets_nobody_pass(tmp_path: Path) -> None:
    """A fault of our own is 500 with a trace id, tells nothing of itself, and reaches no tier."""
    async with street(tmp_path) as place:
        object.__setattr__(place.gateway._memory.mint, "mint", None)
        answer = await place.get("/shop/orders/7")
        assert (500, "gateway.fault") == (answer.status_code, answer.json()["code"])
        assert [] == place.tier.seen


def test_settings_refuse_what_they_do_not_know() -> None:
    """A misspelt key is named."""
    with pytest.raises(msgspec.ValidationError, match="trusted_hop"):
        msgspec.convert({"upstreams": {}, "trusted_hop": 1}, Config)


@pytest.mark.req(10, 17, 19)
def test_the_committed_routes_stand_on_the_published_contracts(tmp_path: Path) -> None:
    """Every tier is a product with an owner, and every operation of the contracts is reached under its prefix."""
    from datetime import UTC, datetime

    import gateway
    from gateway.snapshot import compile_snapshot
    from kit.tier.documents import committed

    tiers = ("experience", "process", "system")
    documents = committed()
    snapshot = compile_snapshot(
        routes=Path(str(gateway.__file__)).with_name("routes.toml"),
        documents=documents,
        upstreams={tier: f"http://{tier}" for tier in tiers},
        now=datetime.now(UTC),
    )
    methods, values = snapshot.router.find(b"/experience/approvals/approvals/7")
    assert ("experience.approvals_card", ("7",)) == (methods["GET"].name, values)
    assert b"/approvals/approvals/7" == b"/experience/approvals/approvals/7"[methods["GET"].strip :]
    methods, values = snapshot.router.find(b"/system/crm-emea/crm/opportunities/9")
    assert [{"crm:read"}] == [set(each) for each in methods["GET"].scopes]
    assert ("crm-emea", "9") == values
