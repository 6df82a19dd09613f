"""One vendor connection: sends, waits its turn, retries what may be retried, and speaks only in problems."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx
import msgspec
from opentelemetry import trace

from contracts.problem import Kind, Problem, Retry
from kit.clock import Clock
from kit.http.connection import Client
from kit.http.limits import Limits, RetryBudget, Turnstile
from kit.http.token import FetchToken, Token, TokenKeeper, bearer

ProblemFrom = Callable[[httpx.Response], Problem | None]

_REPEATABLE: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class VendorClient:
    """Speaks HTTP to one configured vendor account."""

    def __init__(
        self,
        *,
        name: str,
        base_url: str,
        problem_from: ProblemFrom,
        clock: Clock,
        random: random.Random,
        fetch_token: FetchToken | None = None,
        authorize: Callable[[Token], dict[str, str]] = bearer,
        limits: Limits | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._name = name
        self._limits = limits or Limits()
        self._clock = clock
        self._random = random
        self._problem_from = problem_from
        self._authorize = authorize
        self._turnstile = Turnstile(limits=self._limits, clock=clock)
        self._budget = RetryBudget(share=self._limits.retry_share)
        self._http: httpx.AsyncClient = Client(
            base_url=base_url,
            transport=transport,
            timeout=httpx.Timeout(self._limits.deadline_s, connect=min(5.0, self._limits.deadline_s)),
            headers={"Accept": "application/json", "User-Agent": "sluice/1", **(headers or {})},
            follow_redirects=False,
        )
        self._keeper = TokenKeeper(fetch=fetch_token, http=self._http, clock=clock) if fetch_token else None

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
    ) -> httpx.Response:
        """Send one call and return its good answer.

        `repeatable` says whether sending twice equals sending once; by default that holds for GET, PUT, DELETE.

        Raises:
            Problem: the vendor's refusal in our terms; `unknown_outcome` when a call that may not be
                repeated was cut off and may or may not have taken effect.

        """
        safe = method in _REPEATABLE if repeatable is None else repeatable
        body = msgspec.json.encode(json) if json is not None else content
        sent = dict(headers or {})
        if json is not None:
            sent.setdefault("Content-Type", "application/json")
        request = self._http.build_request(method, path, params=params, content=body, headers=sent)
        self._budget.earn()
        try:
            async with asyncio.timeout(self._limits.deadline_s):
                return await self._attempts(request, safe=safe)
        except TimeoutError:
            raise self._cut(request, safe=safe, reason="deadline passed") from None

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def _attempts(self, request: httpx.Request, *, safe: bool) -> httpx.Response:
        attempt = 0
        while True:
            attempt += 1
            try:
                outcome = await self._once(request, safe=safe)
            except Problem as login_refused:  # nothing was sent
                outcome = login_refused
            if isinstance(outcome, httpx.Response):
                return outcome
            if not self._again(outcome, attempt=attempt, safe=safe):
                raise outcome
            await self._clock.sleep(self._delay(outcome, attempt=attempt))

    async def _once(self, request: httpx.Request, *, safe: bool) -> httpx.Response | Problem:
        """One try; a refused token is renewed once and the call sent again within the same try."""
        renewed = False
        token = await self._keeper.token() if self._keeper else None
        while True:
            if token is not None:
                request.headers.update(self._authorize(token))
            try:
                async with self._turnstile.turn():
                    response = await self._http.send(request)
            except httpx.HTTPError as fault:
                never_sent = isinstance(fault, _NOT_SENT)
                return self._cut(request, safe=safe or never_sent, reason=type(fault).__name__)
            problem = self._problem_from(response)
            if problem is None:
                return response
            if problem.kind is Kind.UNAUTHENTICATED and self._keeper and token and not renewed:
                renewed, token = True, await self._keeper.replace(token)
                continue
            return self._told(problem, response, safe=safe)

    def _again(self, problem: Problem, *, attempt: int, safe: bool) -> bool:
        if problem.retry is Retry.NEVER or attempt >= self._limits.attempts:
            return False
        if (problem.retry_after_s or 0) > self._limits.deadline_s:
            return False
        harmless = safe or problem.kind in {Kind.RATE_LIMITED, Kind.UNAVAILABLE}
        return harmless and self._budget.spend()

    def _delay(self, problem: Problem, *, attempt: int) -> float:
        if problem.retry_after_s is not None:
            return problem.retry_after_s
        if problem.retry is Retry.NOW:
            return 0.0
        ceiling = min(self._limits.max_delay_s, self._limits.base_delay_s * 2 ** (attempt - 1))
        return self._random.uniform(0, ceiling)

    def _cut(self, request: httpx.Request, *, safe: bool, reason: str) -> Problem:
        where = {"connection": self._name, "call": f"{request.method} {request.url.path}"}
        if safe:
            return Problem(Kind.UNAVAILABLE, "vendor_unreachable", f"{self._name}: {reason}", context=where)
        return Problem(
            Kind.UNKNOWN_OUTCOME,
            "vendor_outcome_unknown",
            f"{self._name}: {reason} after the call was sent",
            hint="look the record up by its key before creating it again",
            context=where,
        )

    def _told(self, problem: Problem, response: httpx.Response, *, safe: bool) -> Problem:
        """Add where it happened; bodies and tokens stay out. A 5xx may lie: the record may have been saved."""
        request = response.request
        if not safe and response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            problem = self._cut(request, safe=False, reason=f"{response.status_code} {problem.code}")
        problem.context.setdefault("connection", self._name)
        problem.context.setdefault("call", f"{request.method} {request.url.path}")
        problem.context.setdefault("vendor_status", str(response.status_code))
        trace.get_current_span().add_event("vendor refused", {"code": problem.code, **problem.context})
        return problem
