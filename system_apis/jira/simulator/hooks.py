"""Webhooks that an administrator has registered with a secret: signed, numbered, and sent again when not taken."""

import datetime as dt
import hashlib
import hmac
import uuid
from dataclasses import dataclass
from typing import Any, Final

import httpx
import msgspec

from kit.sandbox import Sandbox

_MOST_RETRIES: Final = 5
_PATIENCE_S: Final = 5.0
_BETWEEN: Final = dt.timedelta(minutes=5)


@dataclass(slots=True)
class _Waiting:
    """One event on its way to one listener."""

    hook: dict[str, Any]
    body: bytes
    identifier: str
    due: dt.datetime
    retries: int = 0


class Hooks:
    """Who is told of what, and what they have not been told yet."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Nobody listens."""
        self._hooks: list[dict[str, Any]] = []
        self._waiting: list[_Waiting] = []

    def seed(self, document: dict[str, Any]) -> None:
        """Load `webhooks`: each with `url`, `secret` and `events`."""
        self._hooks = document.get("webhooks", self._hooks)

    def note(self, event: str, *, issue_id: int, key: str, summary: str, status: str) -> None:
        """Something happened to an issue."""
        now = self._sandbox.now()
        fields = {"summary": summary, "status": {"name": status}}
        told = {
            "timestamp": int(now.timestamp() * 1000),
            "webhookEvent": event,
            "issue": {"id": str(issue_id), "key": key, "fields": fields},
        }
        identifier = str(uuid.UUID(int=self._sandbox.random.getrandbits(128)))
        for hook in self._hooks:
            if event in hook["events"]:
                self._waiting.append(_Waiting(hook, msgspec.json.encode(told), identifier, now))

    async def deliver(self) -> None:
        """Post what is due; what is not taken comes again with the same identifier, five times at most."""
        now = self._sandbox.now()
        for waiting in [one for one in self._waiting if one.due <= now]:
            taken = await self._post(waiting)
            waiting.retries += 1
            waiting.due = now + _BETWEEN
            if taken or waiting.retries > _MOST_RETRIES:
                self._waiting.remove(waiting)

    async def _post(self, waiting: _Waiting) -> bool:
        digest = hmac.new(str(waiting.hook["secret"]).encode(), waiting.body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature": f"sha256={digest}",
            "X-Atlassian-Webhook-Identifier": waiting.identifier,
            "X-Atlassian-Webhook-Flow": "Primary",
        }
        if waiting.retries:
            headers["X-Atlassian-Webhook-Retry"] = str(waiting.retries)
        try:
            async with httpx.AsyncClient(timeout=_PATIENCE_S) as http:
                answer = await http.post(waiting.hook["url"], content=waiting.body, headers=headers)
        except httpx.HTTPError:
            return False
        return answer.is_success
