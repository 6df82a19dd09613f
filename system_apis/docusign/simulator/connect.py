"""Connect: events are posted in JSON, signed with every HMAC key that is active, and again when they are not taken."""

import base64
import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Final

import httpx
import msgspec

from kit.sandbox import Sandbox

from .shaping import shown, shown_moment
from .state import Envelope, Signer

_PATIENCE_S: Final = 5.0
_FIRST_PAUSE: Final = dt.timedelta(minutes=5)
_MOST_PAUSE: Final = dt.timedelta(hours=24)
_GIVEN_UP: Final = dt.timedelta(days=15)


@dataclass(slots=True)
class _Waiting:
    """An event on its way."""

    event: dict[str, Any]
    began: dt.datetime
    due: dt.datetime
    pause: dt.timedelta = _FIRST_PAUSE


class Connect:
    """One configuration: `url`, `secrets`, `events` (all of them when absent), `configuration_id`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Nobody listens."""
        self._config: dict[str, Any] = {}
        self._waiting: list[_Waiting] = []
        self.account: dict[str, str] = {}

    def seed(self, document: dict[str, Any]) -> None:
        """Load a configuration; an empty one ends it."""
        self._config = document.get("connect", self._config)

    def note(self, what: str, envelope: Envelope, signer: Signer | None) -> None:
        """Something happened; the envelope is told as it stands now."""
        wanted = self._config.get("events")
        if not self._config.get("url") or (wanted is not None and what not in wanted):
            return
        now = self._sandbox.now()
        account, user = self.account.get("account_id", ""), self.account.get("user_id", "")
        data: dict[str, Any] = {"accountId": account, "userId": user, "envelopeId": envelope.id}
        if signer is not None:
            data["recipientId"] = signer.id
        summary = shown(envelope, include=("recipients", "custom_fields"))
        sender = {"userName": "Sluice", "userId": user, "accountId": account, "email": self.account.get("email", "")}
        data["envelopeSummary"] = summary | {"sender": sender}
        event = {
            "event": what,
            "uri": f"/restapi/v2.1/accounts/{account}/envelopes/{envelope.id}",
            "retryCount": 0,
            "configurationId": self._config.get("configuration_id", 12345),
            "apiVersion": "v2.1",
            "generatedDateTime": shown_moment(now),
            "data": data,
        }
        self._waiting.append(_Waiting(event, now, now))

    async def deliver(self) -> None:
        """Post what is due; what is not taken is due again after a growing pause; after fifteen days it is given up."""
        now = self._sandbox.now()
        for waiting in [each for each in self._waiting if each.due <= now]:
            if await self._post(waiting.event) or now - waiting.began > _GIVEN_UP:
                self._waiting.remove(waiting)
                continue
            waiting.event["retryCount"] += 1
            waiting.due, waiting.pause = now + waiting.pause, min(_MOST_PAUSE, waiting.pause * 2)

    async def _post(self, event: dict[str, Any]) -> bool:
        body = msgspec.json.encode(event)
        headers = {"Content-Type": "application/json; charset=utf-8", "X-Authorization-Digest": "HMACSHA256"}
        for number, secret in enumerate(self._config.get("secrets", ()), start=1):
            made = hmac.new(str(secret).encode(), body, hashlib.sha256).digest()
            headers[f"X-DocuSign-Signature-{number}"] = base64.b64encode(made).decode()
        try:
            async with httpx.AsyncClient(timeout=_PATIENCE_S) as http:
                answer = await http.post(self._config["url"], content=body, headers=headers)
        except httpx.HTTPError:
            return False
        return answer.is_success
