import asyncio
import random
from collections.abc import Callable

import httpx
import pytest

from contracts.problem import Kind, Problem
from kit.clock import ManualClock
from kit.http import Limits, Token, VendorClient
from kit.http.connection import Client

Answer = Callable[[httpx.Request], httpx.Response]


def told(response: httpx.Response) -> Problem | None:
    if response.status_code == 401:
        return Problem(Kind.UNAUTHENTICATED, "expired")
    if response.status_code == 429:
        after = response.headers.get("retry-after")
        return Problem(Kind.RATE_LIMITED, "slow_down", retry_after_s=float(after) if after else None)
    if response.status_code >= 500:
        return Problem(Kind.UNAVAILABLE, "sick")
    return Problem(Kind.INVALID, "bad") if response.status_code >= 400 else None


class Vendor:
    """Answers from a list; a failure in the list is raised."""

    def __init__(self, *answers: int | Exception, retry_after: str = "") -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.retry_after = retry_after

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        headers = {"retry-after": self.retry_after} if self.retry_after and answer == 429 else {}
        return httpx.Response(answer, headers=headers, request=request)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def client(vendor: Vendor, clock: ManualClock, **options: object) -> VendorClient:
    return VendorClient(
        name="crm",
        base_url="http://vendor",
        problem_from=told,
        clock=clock,
        random=random.Random(1),
        transport=httpx.MockTransport(vendor),
        **options,  # type: ignore[arg-type] # each test names the options it is about
    )


@pytest.mark.req(241, 64)
async def test_a_passing_fault_is_tried_again(clock: ManualClock) -> None:
    """503 twice, then good: the caller sees only the good answer, after waits with jitter."""
    vendor = Vendor(503, 503, 200)

    assert 200 == (await client(vendor, clock).send("GET", "/x")).status_code
    assert 3 == len(vendor.requests)
    assert 0 < clock.monotonic() < 0.2 + 0.4


async def test_retry_after_is_honoured(clock: ManualClock) -> None:
    """The vendor's own word about when to come back replaces ours."""
    await client(Vendor(429, 200, retry_after="7"), clock).send("GET", "/x")

    assert clock.monotonic() == pytest.approx(7)


async def test_tries_end(clock: ManualClock) -> None:
    """After the last attempt the vendor's problem reaches the caller with its connection and call."""
    vendor = Vendor(503)
    with pytest.raises(Problem) as caught:
        await client(vendor, clock, limits=Limits(attempts=3)).send("GET", "/x")

    assert (3, "sick", "GET /x") == (len(vendor.requests), caught.value.code, caught.value.context["call"])


async def test_a_refusal_is_not_tried_again(clock: ManualClock) -> None:
    """400 says never; once is enough."""
    vendor = Vendor(400)
    with pytest.raises(Problem, match="bad"):
        await client(vendor, clock).send("GET", "/x")

    assert 1 == len(vendor.requests)


@pytest.mark.req(245)
@pytest.mark.parametrize("answer", [httpx.ReadError("cut"), httpx.ReadTimeout("slow"), 500, 503])
async def test_a_call_that_may_not_be_repeated_ends_in_doubt(clock: ManualClock, answer: int | Exception) -> None:
    """A create that was cut off, or answered 5xx, may have been saved: unknown outcome, never a second create."""
    vendor = Vendor(answer)
    with pytest.raises(Problem) as caught:
        await client(vendor, clock).send("POST", "/x", json={})

    assert (Kind.UNKNOWN_OUTCOME, 1) == (caught.value.kind, len(vendor.requests))


@pytest.mark.parametrize("answer", [httpx.ConnectError("refused"), 429])
async def test_a_call_that_was_never_taken_is_repeated_even_if_it_creates(
    clock: ManualClock, answer: int | Exception
) -> None:
    """Nothing was sent, or the vendor said that it did not begin."""
    vendor = Vendor(answer, 201)

    assert 201 == (await client(vendor, clock).send("POST", "/x", json={})).status_code


async def test_a_sick_vendor_is_not_hammered(clock: ManualClock) -> None:
    """The retry budget runs dry: 50 failing calls make far fewer than 200 requests."""
    vendor = Vendor(503)
    sender = client(vendor, clock)
    for _ in range(50):
        with pytest.raises(Problem):
            await sender.send("GET", "/x")

    assert 50 <= len(vendor.requests) <= 50 + 10 + 50 * 0.2


class Tokens:
    """Counts how often a token was fetched."""

    def __init__(self) -> None:
        self.fetched = 0

    async def fetch(self, http: httpx.AsyncClient) -> Token:
        self.fetched += 1
        await asyncio.sleep(0)
        return Token(f"t{self.fetched}")


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


async def test_one_refresh_serves_all_who_wait(clock: ManualClock, tokens: Tokens) -> None:
    """Twenty callers meet an ended session: one fetch at the start, one refresh, and all succeed."""

    def answer(request: httpx.Request) -> httpx.Response:
        good = request.headers["authorization"] == "Bearer t2"
        return httpx.Response(200 if good else 401, request=request)

    sender = client(Vendor(200), clock, fetch_token=tokens.fetch, limits=Limits(concurrency=20))
    sender._http = httpx.AsyncClient(base_url="http://vendor", transport=httpx.MockTransport(answer))
    answers = await asyncio.gather(*(sender.send("GET", "/x") for _ in range(20)))

    assert ({200}, 2) == ({answer.status_code for answer in answers}, tokens.fetched)


async def test_a_token_that_is_refused_again_is_not_fetched_for_ever(clock: ManualClock, tokens: Tokens) -> None:
    """A second 401 with a fresh token is the vendor's answer, not a reason to go on."""
    with pytest.raises(Problem, match="expired"):
        await client(Vendor(401), clock, fetch_token=tokens.fetch).send("GET", "/x")

    assert 2 == tokens.fetched


async def test_a_login_that_fails_in_passing_is_tried_again(clock: ManualClock) -> None:
    """A token endpoint that was cut off once does not fail the call, not even one that creates: nothing was sent."""
    tries = 0

    async def fetch(http: httpx.AsyncClient) -> Token:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise httpx.ReadError("cut")
        return Token("good")

    answer = await client(Vendor(201), clock, fetch_token=fetch).send("POST", "/x", json={})

    assert (201, 2) == (answer.status_code, tries)


async def test_a_vendor_that_says_come_back_tomorrow_is_not_waited_for(clock: ManualClock) -> None:
    """A pause longer than the deadline is the caller's to keep: told at once, with its length."""
    with pytest.raises(Problem) as caught:
        await client(Vendor(429, retry_after="900"), clock).send("GET", "/x")

    assert (900.0, 0.0) == (caught.value.retry_after_s, clock.monotonic())


async def test_no_more_than_the_limit_is_in_flight(clock: ManualClock) -> None:
    """The connection's concurrency holds across callers."""
    inside, most = 0, 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        return httpx.Response(200, request=request)

    sender = client(Vendor(200), clock, limits=Limits(concurrency=3))
    sender._http = httpx.AsyncClient(base_url="http://vendor", transport=httpx.MockTransport(answer))
    await asyncio.gather(*(sender.send("GET", "/x") for _ in range(30)))

    assert 3 == most


async def test_the_rate_is_kept(clock: ManualClock) -> None:
    """Ten calls at five a second take at least the 1.8 seconds between first and last."""
    sender = client(Vendor(200), clock, limits=Limits(per_second=5))
    for _ in range(10):
        await sender.send("GET", "/x")

    assert 1.8 <= round(clock.monotonic(), 6)


def test_a_token_does_not_show_itself() -> None:
    """Its representation carries no value."""
    assert "t0ken" not in repr(Token("t0ken"))


class Reset(httpx.AsyncBaseTransport):
    """A network on which connections die as they are made, as anyio sees it under uvloop."""

    def __init__(self, obj: object) -> None:
        self.obj = obj

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise AttributeError(name="getpeername", obj=self.obj)


async def test_a_connection_reset_as_it_was_made_is_no_mistake_of_ours() -> None:
    """It is a failed connection, which may be tried again; any other AttributeError is ours."""
    with pytest.raises(httpx.ConnectError):
        await Client(transport=Reset(None)).get("http://vendor.example/")
    with pytest.raises(AttributeError):
        await Client(transport=Reset(object())).get("http://vendor.example/")
