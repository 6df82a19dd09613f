"""One webhook endpoint: how it goes, changing, pausing, pinging and removing it, and a new signing secret."""

from __future__ import annotations

from typing import Any

from litestar import Response
from msgspec.structs import replace

from contracts.canonical.webhooks import Endpoint, EndpointState
from contracts.process.webhooks import ChangeEndpoint, RotateSecret
from experience_apis.partners.pages.wishes import KEEPS, changed, overlap_h
from experience_apis.partners.service import PartnersService
from kit.web import Form, Route, Visit
from kit.web.acting import Act, acting
from kit.web.reading import refused


class EndpointPages:
    """The page of an endpoint and its forms."""

    def __init__(self, service: PartnersService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where they are."""
        path = "/webhooks/{endpoint_id}"
        acts: dict[str, Act] = {
            "change": self._change,
            "pause": self._pause,
            "resume": self._resume,
            "ping": self._ping,
            "secret": self._rotate,
            "remove": self._remove,
        }
        shown = Route("GET", path, self.shown)
        return [shown, *(Route("POST", f"{path}/{name}", acting(name, act, self._page)) for name, act in acts.items())]

    async def shown(self, visit: Visit) -> Response[Any]:
        """The page."""
        return await self._page(visit, Form())

    async def _change(self, visit: Visit, form: Form) -> Response[Any]:
        endpoint_id = visit.path["endpoint_id"]
        now = await self._service.webhook_endpoint(endpoint_id=endpoint_id)
        body = changed(form, paused=now.state is EndpointState.PAUSED)
        await self._service.change_webhook_endpoint(endpoint_id=endpoint_id, body=body, if_match=form["etag"])
        return visit.see(f"/webhooks/{endpoint_id}", told="changed")

    async def _pause(self, visit: Visit, form: Form) -> Response[Any]:
        endpoint_id = visit.path["endpoint_id"]
        await self._told(endpoint_id, form, paused=True)
        return visit.see(f"/webhooks/{endpoint_id}", told="paused")

    async def _resume(self, visit: Visit, form: Form) -> Response[Any]:
        endpoint_id = visit.path["endpoint_id"]
        await self._told(endpoint_id, form, paused=False)
        return visit.see(f"/webhooks/{endpoint_id}", told="resumed")

    async def _told(self, endpoint_id: str, form: Form, *, paused: bool) -> None:
        """Keep an endpoint as it is, told or not; refused where it is another than the reader saw."""
        body = replace(_as_it_is(await self._service.webhook_endpoint(endpoint_id=endpoint_id)), paused=paused)
        await self._service.change_webhook_endpoint(endpoint_id=endpoint_id, body=body, if_match=form["etag"])

    async def _ping(self, visit: Visit, form: Form) -> Response[Any]:
        endpoint_id = visit.path["endpoint_id"]
        await self._service.ping_webhook_endpoint(endpoint_id=endpoint_id, idempotency_key=form.key)
        return visit.see(f"/webhooks/{endpoint_id}/deliveries", told="pinged")

    async def _rotate(self, visit: Visit, form: Form) -> Response[Any]:
        endpoint_id = visit.path["endpoint_id"]
        """The answer is the page itself: sent twice, the same key shows the same secret."""
        made = await self._service.rotate_webhook_secret(
            endpoint_id=endpoint_id, body=RotateSecret(overlap_h=overlap_h(form)), idempotency_key=form.key
        )
        endpoint = await self._service.webhook_endpoint(endpoint_id=endpoint_id)
        return visit.page("secret.html", endpoint=endpoint, shown=made, is_new=False)

    async def _remove(self, visit: Visit, form: Form) -> Response[Any]:
        endpoint_id = visit.path["endpoint_id"]
        if form["sure"] != "yes":
            raise refused("sure", "say that its secrets and its log may go")
        await self._service.remove_webhook_endpoint(endpoint_id=endpoint_id)
        return visit.see("/webhooks", told="removed")

    async def _page(self, visit: Visit, form: Form, *, status: int = 200, about: str = "") -> Response[Any]:
        endpoint = await self._service.webhook_endpoint(endpoint_id=visit.path["endpoint_id"])
        return visit.page(
            "endpoint.html",
            status=status,
            endpoint=endpoint,
            keeps=visit.caller.may(KEEPS),
            form=form,
            change_form=form if about == "change" else _filled(endpoint),
            secret_form=form if about == "secret" else Form(values={"overlap_h": "24"}),
            about=about,
        )


def _as_it_is(endpoint: Endpoint) -> ChangeEndpoint:
    return ChangeEndpoint(
        url=endpoint.url, event_types=endpoint.event_types, description=endpoint.description, paused=False
    )


def _filled(endpoint: Endpoint) -> Form:
    return Form(
        values={"url": endpoint.url, "description": endpoint.description},
        lists={"event_types": tuple(each.value for each in endpoint.event_types)},
    )
