"""Plays every shape of deal of an estate, scene by scene, with people who answer, each in their role."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts.canonical.casework import Approval, CaseFile, CaseState, CaseSummary, ExceptionItem
from contracts.experience.approvals import Approvals
from contracts.experience.control_tower import ControlTower
from contracts.process.casework import Decide, Fix
from kit.cli.demo.outcome import Shape, outcome_of
from kit.cli.demo.play import DEADLINE_S, Cast, StoryError, pause_s
from kit.cli.landscape import Landscape
from kit.cli.real import is_real
from kit.cli.story import play, script
from kit.clock import SystemClock

FORWARD: Final = "quote_to_project"
BACK: Final = "deal_reversal"
_SECOND_S: Final = 1.1  # a CRM stamps whole seconds; two changes of a deal within one may be told as one
_CLOSED: Final = frozenset({CaseState.COMPLETED, CaseState.UNWOUND, CaseState.FAILED})
_DECIDES: Final = {
    "tax": "tara.tax",
    "contract": "cora.contract",
    "finance": "felix.finance",
    "finance_lead": "lena.lead",
}
_FIXES: Final = {**_DECIDES, "sales": "olivia.ops", "operations": "olivia.ops", "integration": "olivia.ops"}
_PAGE: Final = 200
Tell = Callable[[Shape], None]


async def tell_all(landscape: Landscape, *, tell: Tell) -> list[Shape]:
    """Every shape of the estate, one after the other.

    Raises:
        StoryError: a case failed, or did not get as far as its scene says in two minutes.

    """
    cast = Cast(landscape)
    shapes = []
    try:
        for facts in landscape.estate.facts.get("shapes", []):
            shape = await _play(cast, facts)
            tell(shape)
            shapes.append(shape)
    finally:
        await cast.close()
    return shapes


async def _play(cast: Cast, facts: Mapping[str, Any]) -> Shape:
    saved: dict[str, dict[str, Any]] = {}
    cases: dict[str, CaseFile] = {}
    codes: list[str] = []
    answers = {**cast.landscape.estate.story.get("answers", {}), **facts.get("answers", {})}
    began = time.monotonic()
    for number, scene in enumerate(facts["scenes"]):
        if number:
            await SystemClock().sleep(_SECOND_S)
        saved = await scene_of(cast.landscape, scene, saved)
        case = await driven(cast, scene, str(saved[scene["deal"]]["id"]), answers=answers, codes=codes)
        cases[case.summary.case_id] = case
    return await outcome_of(
        cast, str(facts["name"]), list(cases.values()), codes=codes, elapsed_s=time.monotonic() - began
    )


async def scene_of(
    landscape: Landscape, scene: Mapping[str, Any], saved: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Let a person play a script at a vendor's own screen; what was saved so far and since."""
    connection = scene.get("connection", landscape.estate.story["connection"])
    vendor, url = landscape.estate.vendors[connection], landscape.vendors[connection]
    if is_real(vendor):
        await asyncio.to_thread(vendor.module("landscape").act, scene["script"], saved, url=url)
        return saved
    steps = script(vendor.path / "fixtures" / scene["script"])
    return await play(steps, base_url=url, headers=landscape.persons[connection], saved=saved)


async def driven(
    cast: Cast, scene: Mapping[str, Any], deal: str, *, answers: Mapping[str, str], codes: list[str]
) -> CaseFile:
    """The case of a scene once it is as far as the scene says; people do their part on the way."""
    until = scene.get("until", "closed")
    process = BACK if until == "reversed" else FORWARD
    key = f"{deal}-{scene['time']}" if "time" in scene else deal
    clock, began = SystemClock(), time.monotonic()
    while True:
        found = await _case(cast, process, key)
        if found is not None:
            case = await cast.tower.case(case_id=found.case_id)
            if case.summary.state == until or case.summary.state in _CLOSED:
                await _checked(cast, case, codes)
                return case
            await act(cast, case, answers=answers, codes=codes)
        if time.monotonic() - began > DEADLINE_S:
            stood = f"{found.state} at {found.step}" if found else "nowhere"
            raise StoryError(f"two minutes passed in {scene['script']}; the case stood {stood}")
        await clock.sleep(pause_s(time.monotonic() - began))


async def _checked(cast: Cast, case: CaseFile, codes: list[str]) -> None:
    if case.summary.state is CaseState.EXCEPTION:
        page = await cast.tower.exceptions(case_id=case.summary.case_id)
        codes += [item.code for item in page.items]
    if case.summary.state in {CaseState.UNWOUND, CaseState.FAILED}:
        raise StoryError(f"case {case.summary.case_id} ended {case.summary.state} at {case.summary.step}")


async def _case(cast: Cast, process: str, key: str) -> CaseSummary | None:
    page = await cast.tower.cases(process=process, limit=_PAGE)
    return next((case for case in page.items if case.business_key == key), None)


async def act(cast: Cast, case: CaseFile, *, answers: Mapping[str, str], codes: list[str]) -> None:
    """Let people do their part for a case: answer what it asks, decide what it waits for."""
    case_id = case.summary.case_id
    if case.summary.state is CaseState.EXCEPTION:
        for item in (await cast.tower.exceptions(case_id=case_id, limit=_PAGE)).items:
            if item.code not in codes:
                codes.append(item.code)
            await _fix(cast, item, answers)
    elif case.summary.state is CaseState.WAITING_APPROVAL:
        for role, person in _DECIDES.items():
            desk = cast.of(person).at(Approvals, "/experience/approvals")
            for waiting in (await desk.queue()).items:
                if waiting.case_id == case_id and waiting.role == role:
                    await decide(desk, await desk.card(approval_id=waiting.approval_id))


async def _fix(cast: Cast, item: ExceptionItem, answers: Mapping[str, str]) -> None:
    missing = [asked.name for asked in item.form if asked.name not in answers]
    if missing:
        raise StoryError(f"{item.code} ({item.detail}) asks for {missing}, to which the story has no answer")
    tower = cast.of(_FIXES[item.owner_role]).at(ControlTower, "/experience/control_tower")
    fix = Fix(values={asked.name: str(answers[asked.name]) for asked in item.form}, note="answered in the story")
    await tower.fix(exception_id=item.exception_id, body=fix, idempotency_key=f"demo-{item.exception_id}")


async def decide(desk: Approvals, card: Approval) -> None:
    await desk.decide(
        approval_id=card.approval_id,
        body=Decide(approve=True, comment="agreed in the story"),
        if_match=f'"{card.etag}"',
        idempotency_key=f"demo-{card.approval_id}",
    )
