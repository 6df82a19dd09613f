"""Subscriptions: a handshake, an end that comes silently, and notifications that say where to look and no more."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from .call import Answer, Call
from .refusal import Refusal, bad, gone
from .shown import moment
from .state import Drive, Site

_PATIENCE_S: Final = 10.0
_LONGEST: Final = dt.timedelta(minutes=42_300)
_RETRIES_FOR: Final = dt.timedelta(hours=4)
_BETWEEN: Final = dt.timedelta(minutes=1)
_TENANT: Final = "9f4c0000-0000-4000-9000-000000000001"
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})


@dataclass(slots=True)
class Subscription:
    """Who wants to be told about a drive, and how far they were told."""

    id: str
    drive: Drive
    resource: str
    url: str
    state: str
    ends: dt.datetime
    told: int
    since: dt.datetime | None = None
    due: dt.datetime | None = None

    def shown(self) -> dict[str, Any]:
        """As the vendor tells it; the client's state stays with whoever gave it."""
        return {
            "id": self.id,
            "resource": self.resource,
            "changeType": "updated",
            "notificationUrl": self.url,
            "clientState": None,
            "expirationDateTime": moment(self.ends),
        }


class Hooks:
    """The subscriptions to one site's drives."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.all: dict[str, Subscription] = {}

    async def answer(self, call: Call, rest: str) -> Answer:
        """Whatever is asked below `/subscriptions`."""
        if not rest:
            if call.method == "POST":
                return await self._subscribe(call)
            return Answer(200, {"value": [one.shown() for one in self._living()]})
        found = next((one for one in self._living() if one.id == rest), None)
        if found is None:
            raise Refusal(404, "ResourceNotFound", "The object was not found.")
        if call.method == "PATCH":
            found.ends = self._until(call.json())
        elif call.method == "DELETE":
            del self.all[found.id]
            return Answer(204)
        return Answer(200, found.shown())

    async def deliver(self) -> None:
        """Tell whoever has not been told of the newest change; what is not taken is tried again for four hours."""
        now = self._site.sandbox.now()
        for one in self._living():
            count = one.drive.now_at()
            if count <= one.told or (one.due is not None and one.due > now):
                continue
            one.since = one.since or now
            if await self._post(one) or now - one.since > _RETRIES_FOR:
                one.told, one.since, one.due = count, None, None
            else:
                one.due = now + _BETWEEN

    def _living(self) -> list[Subscription]:
        now = self._site.sandbox.now()
        for ended in [one.id for one in self.all.values() if one.ends <= now]:
            del self.all[ended]
        return list(self.all.values())

    async def _subscribe(self, call: Call) -> Answer:
        wanted = call.json()
        if wanted.get("changeType") != "updated":
            raise bad("Only changes of type 'updated' can be followed on a drive.")
        drive = self._drive(str(wanted.get("resource", "")))
        state, url = str(wanted.get("clientState", "")), str(wanted.get("notificationUrl", ""))
        if len(state) > 128:
            raise bad("The client state may have 128 characters.")
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise bad("The notification URL has to be https.")
        until = self._until(wanted)
        await self._shake(url)
        bits = f"{self._site.sandbox.random.getrandbits(128):032x}"
        made = Subscription(bits, drive, str(wanted["resource"]), url, state, until, drive.now_at())
        self.all[made.id] = made
        return Answer(201, {**made.shown(), "clientState": state})

    def _drive(self, resource: str) -> Drive:
        parts = resource.strip("/").split("/")
        if len(parts) != 3 or parts[0] != "drives" or parts[2] != "root":
            raise bad("The resource cannot be followed.")
        try:
            return self._site.drive(parts[1])
        except Refusal:
            raise gone() from None

    def _until(self, wanted: dict[str, Any]) -> dt.datetime:
        try:
            ends = dt.datetime.fromisoformat(str(wanted.get("expirationDateTime")))
        except ValueError:
            raise bad("The expiration is missing or no moment.") from None
        if ends.tzinfo is None or not self._site.sandbox.now() < ends <= self._site.sandbox.now() + _LONGEST:
            raise bad("Subscription expiration can only be 42300 minutes in the future.")
        return ends

    async def _shake(self, url: str) -> None:
        token = f"Validation: Testing client application reachability {self._site.stamp(6)}"
        try:
            async with httpx.AsyncClient(timeout=_PATIENCE_S) as http:
                answer = await http.post(url, params={"validationToken": token})
        except httpx.HTTPError:
            raise bad("Subscription validation request timed out or could not be sent.") from None
        plain = answer.headers.get("content-type", "").startswith("text/plain")
        if answer.status_code != 200 or not plain or answer.text != token:
            raise bad("Subscription validation request failed. The token was not returned as plain text.")

    async def _post(self, one: Subscription) -> bool:
        told = {
            "subscriptionId": one.id,
            "clientState": one.state,
            "changeType": "updated",
            "resource": one.resource.strip("/"),
            "tenantId": _TENANT,
            "subscriptionExpirationDateTime": moment(one.ends),
        }
        try:
            async with httpx.AsyncClient(timeout=3.0) as http:
                answer = await http.post(one.url, json={"value": [told]})
        except httpx.HTTPError:
            return False
        return answer.is_success
