"""Webhooks: what an app has subscribed to is posted to it, signed, in no order, and again when it does not take it."""

import base64
import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Final

import httpx
import msgspec

from kit.sandbox import Sandbox

from .schema import PORTAL, Kind
from .values import millis

_MOST_EVENTS: Final = 100
_MOST_ATTEMPTS: Final = 10
_PATIENCE_S: Final = 5.0
_BETWEEN: Final = dt.timedelta(hours=2.4)  # ten more attempts within a day


@dataclass(slots=True)
class _Waiting:
    """One event on its way."""

    event: dict[str, Any]
    due: dt.datetime


class Hooks:
    """The subscriptions of one app, and what it has not been told yet."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Nobody subscribes."""
        self._app: dict[str, Any] = {}
        self._waiting: list[_Waiting] = []

    def seed(self, document: dict[str, Any]) -> None:
        """Load an app: `app_id`, `client_secret`, `target`, `subscriptions` with `id`, `type` and maybe `property`."""
        self._app = document.get("webhooks", self._app)

    def note(
        self, kind: Kind, row_id: str, what: str, *, name: str = "", value: str | None = None, source: str = "CRM"
    ) -> None:
        """Something happened to a row: creation, deletion or propertyChange."""
        for subscription in self._app.get("subscriptions", ()):
            object_name, _, wanted = subscription["type"].partition(".")
            generic = object_name == "object" and subscription.get("objectTypeId") == kind.id
            fits = wanted == what and (generic or object_name == kind.singular)
            if not fits or subscription.get("property", name) != name:
                continue
            now = self._sandbox.now()
            event: dict[str, Any] = {
                "eventId": self._sandbox.random.getrandbits(32),
                "subscriptionId": subscription["id"],
                "portalId": PORTAL,
                "appId": self._app["app_id"],
                "occurredAt": millis(now),
                "subscriptionType": subscription["type"],
                "attemptNumber": 0,
                "objectId": int(row_id),
                "changeSource": source,
            }
            event |= {"objectTypeId": kind.id} if generic else {}
            event |= {"propertyName": name, "propertyValue": value or ""} if name else {}
            event |= {"changeFlag": "CREATED"} if what == "creation" else {}
            self._waiting.append(_Waiting(event, now))

    async def deliver(self) -> None:
        """Post what is due, in batches; what is not taken is due again later, and is given up after ten more times."""
        now = self._sandbox.now()
        due = [waiting for waiting in self._waiting if waiting.due <= now]
        self._sandbox.random.shuffle(due)
        for start in range(0, len(due), _MOST_EVENTS):
            batch = due[start : start + _MOST_EVENTS]
            taken = await self._post([waiting.event for waiting in batch])
            for waiting in batch:
                waiting.event["attemptNumber"] += 1
                waiting.due = now + _BETWEEN
                if taken or waiting.event["attemptNumber"] > _MOST_ATTEMPTS:
                    self._waiting.remove(waiting)

    async def _post(self, events: list[dict[str, Any]]) -> bool:
        body = msgspec.json.encode(events)
        headers = {"Content-Type": "application/json", **self._signed(body)}
        try:
            async with httpx.AsyncClient(timeout=_PATIENCE_S) as http:
                answer = await http.post(self._app["target"], content=body, headers=headers)
        except httpx.HTTPError:
            return False
        return answer.is_success

    def _signed(self, body: bytes) -> dict[str, str]:
        """The third version of the signature, beside the first, which the vendor still sends."""
        secret, uri = str(self._app["client_secret"]), str(self._app["target"])
        at = str(millis(self._sandbox.now()))
        source = b"POST" + uri.encode() + body + at.encode()
        third = base64.b64encode(hmac.new(secret.encode(), source, hashlib.sha256).digest()).decode()
        first = hashlib.sha256(secret.encode() + body).hexdigest()
        return {
            "X-HubSpot-Signature": first,
            "X-HubSpot-Signature-Version": "v1",
            "X-HubSpot-Signature-v3": third,
            "X-HubSpot-Request-Timestamp": at,
        }
