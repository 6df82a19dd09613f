"""One exception: what is wrong, what to answer, what will happen then; and everything people do about it."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Response

from contracts.canonical.casework import ExceptionItem, ExceptionState
from contracts.canonical.exceptions import FixOutcome
from contracts.process.casework import Assign, Comment, Confirm, Fix, FixMany, Withdraw
from experience_apis.control_tower.pages.road import road
from experience_apis.control_tower.service import ControlTowerService
from kit.web import Form, Route, Visit
from kit.web.acting import Act, acting
from kit.web.reading import at_least, limited

_WORDS: Final = 2_000
_NAME: Final = 255


class ExceptionPages:
    """The page of an exception and its forms."""

    def __init__(self, service: ControlTowerService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where they are."""
        path = "/exceptions/{exception_id}"
        acts: dict[str, Act] = {
            "preview": self._preview,
            "fix": self._fix,
            "confirm": self._confirm,
            "withdraw": self._withdraw,
            "assign": self._assign,
            "release": self._release,
            "comment": self._comment,
        }
        shown = Route("GET", path, self.shown)
        return [shown, *(Route("POST", f"{path}/{name}", acting(name, act, self._page)) for name, act in acts.items())]

    async def shown(self, visit: Visit) -> Response[Any]:
        """The page."""
        return await self._page(visit, Form())

    async def _preview(self, visit: Visit, form: Form) -> Response[Any]:
        exception_id = visit.path["exception_id"]
        item = await self._service.exception(exception_id=exception_id)
        asked = FixMany(code=item.code, exception_ids=[exception_id], values=answers(item, form), dry_run=True)
        (would,) = (await self._service.fix_many(body=asked, idempotency_key=form.key)).items
        return await self._page(visit, form, would=would, about="fix")

    async def _fix(self, visit: Visit, form: Form) -> Response[Any]:
        exception_id = visit.path["exception_id"]
        item = await self._service.exception(exception_id=exception_id)
        body = Fix(values=answers(item, form), note=limited(form, "note", _WORDS))
        fixed = await self._service.fix(exception_id=exception_id, body=body, idempotency_key=form.key)
        if fixed.state is ExceptionState.FIXED:
            return visit.see(f"/cases/{fixed.case_id}", told="fixed")
        return visit.see(f"/exceptions/{exception_id}", told="proposed")

    async def _confirm(self, visit: Visit, form: Form) -> Response[Any]:
        exception_id = visit.path["exception_id"]
        accept = form["verdict"] == "accept"
        body = Confirm(accept=accept, comment=limited(form, "comment", _WORDS))
        done = await self._service.confirm(exception_id=exception_id, body=body, idempotency_key=form.key)
        if accept:
            return visit.see(f"/cases/{done.case_id}", told="confirmed")
        return visit.see(f"/exceptions/{exception_id}", told="sent_back")

    async def _withdraw(self, visit: Visit, form: Form) -> Response[Any]:
        exception_id = visit.path["exception_id"]
        body = Withdraw(reason=at_least(form, "reason", 3, _WORDS))
        done = await self._service.withdraw(exception_id=exception_id, body=body, idempotency_key=form.key)
        return visit.see(f"/cases/{done.case_id}", told="withdrawn")

    async def _assign(self, visit: Visit, form: Form) -> Response[Any]:
        exception_id = visit.path["exception_id"]
        body = Assign(to=limited(form, "to", _NAME))
        await self._service.assign(exception_id=exception_id, body=body, idempotency_key=form.key)
        return visit.see(f"/exceptions/{exception_id}", told="assigned")

    async def _release(self, visit: Visit, form: Form) -> Response[Any]:
        exception_id = visit.path["exception_id"]
        await self._service.release(exception_id=exception_id, idempotency_key=form.key)
        return visit.see(f"/exceptions/{exception_id}", told="released")

    async def _comment(self, visit: Visit, form: Form) -> Response[Any]:
        exception_id = visit.path["exception_id"]
        body = Comment(text=at_least(form, "text", 1, _WORDS))
        await self._service.comment(exception_id=exception_id, body=body, idempotency_key=form.key)
        return visit.see(f"/exceptions/{exception_id}", told="said")

    async def _page(
        self, visit: Visit, form: Form, *, status: int = 200, would: Any = None, about: str = ""
    ) -> Response[Any]:
        exception_id = visit.path["exception_id"]
        item = await self._service.exception(exception_id=exception_id)
        file, said = await asyncio.gather(
            self._service.case(case_id=item.case_id), self._service.comments(exception_id=exception_id)
        )
        return visit.page(
            "exception.html",
            status=status,
            item=item,
            case=file.summary,
            road=road(file, now=visit.now),
            remarks=said.items,
            form=form,
            new_form=Form(),
            about=about,
            would=would,
            refused=would is not None and would.outcome is FixOutcome.REFUSED,
            is_open=item.state is ExceptionState.OPEN,
            mine=item.assigned_to == visit.caller.subject,
            second=item.proposed_by is not None and item.proposed_by != visit.caller.subject,
        )


def answers(item: ExceptionItem, form: Form) -> dict[str, str]:
    """What was answered to the form of an exception; what was left empty is no answer."""
    return {each.name: form[each.name] for each in item.form if form[each.name]}
