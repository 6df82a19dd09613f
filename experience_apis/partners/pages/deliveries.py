"""What was delivered to an endpoint: the log with its filters, one message with every attempt, and sending again."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any, Final

from litestar import Response

from contracts.canonical.webhooks import DeliveryState
from contracts.problem import Kind, Problem
from experience_apis.partners.pages.wishes import KEEPS, minute, stretch
from experience_apis.partners.service import PartnersService
from kit.web import Form, Route, Visit

_ROWS: Final = 50
_DAY: Final = dt.timedelta(days=1)
_MINUTE: Final = "%Y-%m-%dT%H:%M"


class DeliveryPages:
    """The log and the message."""

    def __init__(self, service: PartnersService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where they are."""
        path = "/webhooks/{endpoint_id}"
        return [
            Route("GET", f"{path}/deliveries", self.log),
            Route("GET", f"{path}/deliveries/{{message_id}}", self.message),
            Route("POST", f"{path}/deliveries/{{message_id}}/replay", self.again),
            Route("POST", f"{path}/replays", self.all_again),
        ]

    async def log(self, visit: Visit) -> Response[Any]:
        """Deliveries, newest first."""
        return await self._log(visit, Form(values=_last_day(visit.now)))

    async def message(self, visit: Visit) -> Response[Any]:
        """One message with its body and every attempt."""
        endpoint, file = await asyncio.gather(
            self._service.webhook_endpoint(endpoint_id=visit.path["endpoint_id"]),
            self._service.webhook_delivery(endpoint_id=visit.path["endpoint_id"], message_id=visit.path["message_id"]),
        )
        return visit.page("delivery.html", endpoint=endpoint, file=file, keeps=visit.caller.may(KEEPS))

    async def again(self, visit: Visit) -> Response[Any]:
        """Deliver one message again."""
        form = await visit.form()
        endpoint_id, message_id = visit.path["endpoint_id"], visit.path["message_id"]
        await self._service.replay_webhook(endpoint_id=endpoint_id, message_id=message_id, idempotency_key=form.key)
        return visit.see(f"/webhooks/{endpoint_id}/deliveries/{message_id}", told="replayed")

    async def all_again(self, visit: Visit) -> Response[Any]:
        """Deliver a stretch of time again; a refused form comes back with what was typed."""
        form = await visit.form()
        endpoint_id = visit.path["endpoint_id"]
        try:
            put = await self._service.replay_webhooks(
                endpoint_id=endpoint_id, body=stretch(form), idempotency_key=form.key
            )
        except Problem as problem:
            return await self._log(visit, form.refused(problem), status=problem.status)
        told = "replayed_many" if put.messages else "replayed_none"
        return visit.see(f"/webhooks/{endpoint_id}/deliveries", told=told)

    async def _log(self, visit: Visit, form: Form, *, status: int = 200) -> Response[Any]:
        endpoint_id, asked = visit.path["endpoint_id"], _asked(visit)
        endpoint, page = await asyncio.gather(
            self._service.webhook_endpoint(endpoint_id=endpoint_id),
            self._service.webhook_deliveries(
                endpoint_id=endpoint_id,
                state=DeliveryState(asked["state"]) if asked["state"] else None,
                since=minute(asked["since"]),
                until=minute(asked["until"]),
                cursor=visit.query.get("cursor", ""),
                limit=_ROWS,
            ),
        )
        return visit.page(
            "deliveries.html",
            status=status,
            endpoint=endpoint,
            page=page,
            asked=asked,
            states=list(DeliveryState),
            keeps=visit.caller.may(KEEPS),
            form=form,
        )


def _asked(visit: Visit) -> dict[str, str]:
    """What the query asks for.

    Raises:
        Problem: invalid, for a state that there is not or a moment that cannot be read.

    """
    asked = {name: visit.query.get(name, "") for name in ("state", "since", "until")}
    if asked["state"] and asked["state"] not in set(DeliveryState):
        raise Problem(Kind.INVALID, "state_unknown", f"no delivery is ever {asked['state']}", status=400)
    for name in ("since", "until"):
        if asked[name] and minute(asked[name]) is None:
            raise Problem(Kind.INVALID, "moment_unknown", f"{asked[name]} is no minute in UTC", status=400)
    return asked


def _last_day(now: dt.datetime) -> dict[str, str]:
    """The day up to the end of this minute, which a replay is offered for."""
    until = now.astimezone(dt.UTC) + dt.timedelta(minutes=1)
    return {"since": (until - _DAY).strftime(_MINUTE), "until": until.strftime(_MINUTE)}
