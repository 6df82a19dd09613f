"""Asynchronous requests: a job at once, its outcome later; a key used twice is refused with a pointer to the first."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from system_apis.netsuite.simulator.reading import link
from system_apis.netsuite.simulator.records import Answer, Ask, answer
from system_apis.netsuite.simulator.refusal import Refusal, nonexistent
from system_apis.netsuite.simulator.state import EID, Account

PATH: Final = "/services/rest/async/v1/job"
MAX_BATCH: Final = 100


@dataclass(frozen=True)
class Job:
    """One accepted request: its outcomes are settled, and shown from `ready_at` on."""

    id: str
    ready_at: dt.datetime
    outcomes: tuple[Answer | Refusal, ...]


def accept(account: Account, ask: Ask) -> Answer:
    """Take a request for later; a repeated idempotency key is an error that names the first job."""
    key = ask.headers.get("x-netsuite-idempotency-key")
    if key is not None:
        _check_key(account, key, ask)
    number = str(account.number("job"))
    if key is not None:
        account.keys[key] = number
    ready_at = account.world.now() + dt.timedelta(seconds=account.settings.async_s)
    outcomes = tuple(_outcome(account, one) for one in _parts(ask))
    account.jobs[number] = Job(number, ready_at, outcomes)
    headers = {"Location": f"{ask.origin}{PATH}/{number}", "Preference-Applied": "respond-async"}
    return Answer(202, headers=headers)


def shown(account: Account, path: tuple[str, ...], *, origin: str) -> Answer:
    """A job, its tasks, one task, or the result of one."""
    job: Job | None = account.jobs.get(path[0]) if path else None
    if job is None:
        raise nonexistent("/".join(path))
    here = f"{origin}{PATH}/{job.id}"
    done = job.ready_at <= account.world.now()
    if len(path) == 1:
        state = {"completed": done, "id": job.id, "progress": "succeeded" if done else "pending"}
        return Answer(200, {**state, "task": {"links": [link("self", f"{here}/task")]}})
    if path[1] != "task":
        raise nonexistent("/".join(path))
    if len(path) == 2:
        tasks = [{"links": [link("self", f"{here}/task/{n}")], "id": str(n)} for n in range(1, len(job.outcomes) + 1)]
        return Answer(200, {"items": tasks, "count": len(tasks), "totalResults": len(tasks)})
    return _task(job, path, here=here, done=done)


def _task(job: Job, path: tuple[str, ...], *, here: str, done: bool) -> Answer:
    index = int(path[2]) - 1 if path[2].isdecimal() else -1
    if not 0 <= index < len(job.outcomes):
        raise nonexistent("/".join(path))
    outcome = job.outcomes[index]
    if path[3:] == ("result",) and done:
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome
    progress = "failed" if isinstance(outcome, Refusal) else "succeeded"
    links = {"result": {"links": [link("self", f"{here}/task/{index + 1}/result")]}} if done else {}
    return Answer(200, {"id": path[2], "completed": done, "progress": progress if done else "pending", **links})


def _check_key(account: Account, key: str, ask: Ask) -> None:
    try:
        uuid.UUID(key)
    except ValueError:
        detail = "The idempotency key must be a UUID."
        raise Refusal(400, "INVALID_HEADER", detail, header="X-NetSuite-Idempotency-Key") from None
    first = account.keys.get(key)
    if first is not None:
        raise Refusal(
            400,
            "IDEMPOTENCY_ERROR",
            "A request with this idempotency key was already accepted.",
            title="Conflict",
            header="X-NetSuite-Idempotency-Key",
            headers={"Location": f"{ask.origin}{PATH}/{first}"},
        )


def _parts(ask: Ask) -> list[Callable[[], Ask]]:
    if "type=collection" not in ask.headers.get("content-type", "").replace(" ", ""):
        return [lambda: ask]
    items = ask.body.get("items") if isinstance(ask.body, dict) else None
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_BATCH:
        raise Refusal(400, "INVALID_CONTENT", f"A batch holds 1 to {MAX_BATCH} records.", path="items")
    return [lambda item=item: _addressed(ask, item) for item in items]  # type: ignore[misc]  # item is bound now, not later


def _addressed(ask: Ask, item: Any) -> Ask:
    if ask.method == "POST":
        return replace(ask, body=item)
    key = item.get("id") if ask.method != "PUT" else None
    if key is None and "externalId" in item:
        key = EID + item["externalId"]
    if key is None:
        raise Refusal(400, "INVALID_CONTENT", "Each record of a batch needs its id.", path="items")
    return replace(ask, path=(*ask.path, str(key)), body=item)


def _outcome(account: Account, ask: Callable[[], Ask]) -> Answer | Refusal:
    try:
        return answer(account, ask())
    except Refusal as refusal:
        return refusal
