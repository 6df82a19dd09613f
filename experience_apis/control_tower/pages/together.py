"""Many exceptions of one code answered together: chosen, answered, tried without effect, then done, each by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from litestar import Response

from contracts.canonical.casework import ExceptionItem, FixField
from contracts.canonical.exceptions import FixOutcome, FixResult
from contracts.problem import Kind, Problem
from contracts.process.casework import FixMany
from experience_apis.control_tower.service import ControlTowerService
from kit.web import Form, Route, Visit
from kit.web.reading import limited

MOST: Final = 200
_WORDS: Final = 2_000
_AT_ONCE: Final = 8
_GOOD: Final = frozenset({FixOutcome.FIXED, FixOutcome.PROPOSED, FixOutcome.WOULD_FIX, FixOutcome.WOULD_PROPOSE})


class TogetherPages:
    """The three steps."""

    def __init__(self, service: ControlTowerService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where they are. Ids travel in forms, because an address has no room for two hundred."""
        path = "/exceptions-together"
        return [
            Route("POST", path, self.chosen),
            Route("POST", f"{path}/preview", self.tried),
            Route("POST", f"{path}/fix", self.done),
        ]

    async def chosen(self, visit: Visit) -> Response[Any]:
        """What was chosen, and the form they share."""
        form = await visit.form()
        return await self._page(visit, Form(lists=form.lists), chosen=await self._chosen(form))

    async def tried(self, visit: Visit) -> Response[Any]:
        """What would happen to each."""
        return await self._acted(visit, dry_run=True)

    async def done(self, visit: Visit) -> Response[Any]:
        """What has happened to each."""
        return await self._acted(visit, dry_run=False)

    async def _acted(self, visit: Visit, *, dry_run: bool) -> Response[Any]:
        form = await visit.form()
        chosen = await self._chosen(form)
        try:
            asked = FixMany(
                code=chosen[0].code,
                exception_ids=[each.exception_id for each in chosen],
                values={each.name: form[each.name] for each in _shared(chosen) if form[each.name]},
                note=limited(form, "note", _WORDS),
                dry_run=dry_run,
            )
            results = (await self._service.fix_many(body=asked, idempotency_key=form.key)).items
        except Problem as problem:
            return await self._page(visit, form.refused(problem), chosen=chosen, status=problem.status)
        return await self._page(visit, form, chosen=chosen, results=results, is_done=not dry_run)

    async def _chosen(self, form: Form) -> Sequence[ExceptionItem]:
        ids = list(dict.fromkeys(form.all("exception_id")))
        if not ids:
            raise Problem(Kind.INVALID, "nothing_chosen", "no exception was chosen", hint="mark some rows first")
        if len(ids) > MOST:
            raise Problem(Kind.TOO_LARGE, "too_many_chosen", f"at most {MOST} at once, not {len(ids)}")
        turn = asyncio.Semaphore(_AT_ONCE)

        async def read(exception_id: str) -> ExceptionItem:
            async with turn:
                return await self._service.exception(exception_id=exception_id)

        chosen = await asyncio.gather(*map(read, ids))
        codes = sorted({each.code for each in chosen})
        if len(codes) > 1:
            told = f"the chosen ones have {len(codes)} codes: {', '.join(codes)}"
            raise Problem(Kind.INVALID, "several_codes", told, hint="filter the inbox by one code and choose again")
        return chosen

    async def _page(
        self,
        visit: Visit,
        form: Form,
        *,
        chosen: Sequence[ExceptionItem],
        results: Sequence[FixResult] = (),
        is_done: bool = False,
        status: int = 200,
    ) -> Response[Any]:
        by_id = {each.exception_id: each for each in results}
        return visit.page(
            "together.html",
            status=status,
            form=form,
            chosen=chosen,
            fields=_shared(chosen),
            results=by_id,
            is_done=is_done,
            good=sum(1 for each in results if each.outcome in _GOOD),
            refused=sum(1 for each in results if each.outcome not in _GOOD),
        )


def _shared(chosen: Sequence[ExceptionItem]) -> list[FixField]:
    """The fields that the forms of all of them have."""
    everywhere = set.intersection(*({each.name for each in item.form} for item in chosen))
    return [each for each in chosen[0].form if each.name in everywhere]
