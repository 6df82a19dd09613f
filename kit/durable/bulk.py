"""The same act on many cases: each by itself, the refused told beside the done; a dry run tells what would happen.

A key makes repeating a bulk harmless: what was done under it is not done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from contracts.canonical.casework import CaseFile, CaseState, ExceptionItem, ExceptionState
from contracts.problem import Kind, Problem
from kit.durable.effects import LedgerEntry
from kit.durable.form import check_answers
from kit.durable.port import Durable

MOST: Final = 1000
_CLOSED: Final = frozenset({CaseState.COMPLETED, CaseState.UNWOUND, CaseState.FAILED})
_STANDING: Final = frozenset({"done", "unknown", "intended"})


class Consequence(Struct, frozen=True, kw_only=True):
    """What happened to one thing, or would; `refused` says why not, and is empty when it is done."""

    subject: str
    case_id: str
    does: str
    refused: str = ""


class Bulk:
    """Acts of one person on many things."""

    def __init__(self, durable: Durable, *, by: str, key: str) -> None:
        self._durable = durable
        self._by = by
        self._key = key

    async def retry(self, exception_ids: Sequence[str], *, note: str = "", dry_run: bool = False) -> list[Consequence]:
        """Try again what asks for no answer."""
        return await self.fix(exception_ids, values={}, note=note, dry_run=dry_run)

    async def fix(
        self, exception_ids: Sequence[str], *, values: dict[str, str], note: str = "", dry_run: bool = False
    ) -> list[Consequence]:
        """Give the same answers to many exceptions.

        Raises:
            Problem: too_large, for more than a thousand.

        """
        _check(exception_ids)
        return [await self._fix(each, values=values, note=note, dry_run=dry_run) for each in exception_ids]

    async def cancel(self, case_ids: Sequence[str], *, reason: str, dry_run: bool = False) -> list[Consequence]:
        """Take back many cases.

        Raises:
            Problem: too_large, for more than a thousand.

        """
        _check(case_ids)
        return [await self._cancel(each, reason=reason, dry_run=dry_run) for each in case_ids]

    async def _fix(self, exception_id: str, *, values: dict[str, str], note: str, dry_run: bool) -> Consequence:
        case_id, does = "", "answers and lets the case go on"
        try:
            item = await self._durable.casebook.exception(exception_id)
            case_id, does = item.case_id, f"answers {item.code}; the case goes on at {item.step}"
            if dry_run:
                _would_fix(item, values)
            else:
                key = f"{self._key}/{exception_id}"
                await self._durable.casebook.fix(exception_id, values=values, by=self._by, key=key, note=note)
        except Problem as refusal:
            return Consequence(subject=exception_id, case_id=case_id, does=does, refused=_why(refusal))
        return Consequence(subject=exception_id, case_id=case_id, does=does)

    async def _cancel(self, case_id: str, *, reason: str, dry_run: bool) -> Consequence:
        does = "takes the case back"
        try:
            case = await self._durable.standing(case_id)
            effects = await self._durable.effects(case_id)
            undone = [effect.step for effect in reversed(effects) if effect.state in _STANDING and not effect.pivot]
            does = f"takes back {', '.join(undone)}" if undone else "ends the case; nothing was done yet"
            if not dry_run:
                await self._durable.cancel(case_id, reason=reason, by=self._by)
            else:
                _would_cancel(case, effects)
        except Problem as refusal:
            return Consequence(subject=case_id, case_id=case_id, does=does, refused=_why(refusal))
        return Consequence(subject=case_id, case_id=case_id, does=does)


def _check(subjects: Sequence[str]) -> None:
    if len(subjects) > MOST:
        raise Problem(Kind.TOO_LARGE, "bulk_too_large", f"at most {MOST} at once, not {len(subjects)}")


def _would_fix(item: ExceptionItem, values: dict[str, str]) -> None:
    if item.state is not ExceptionState.OPEN:
        raise Problem(Kind.CONFLICT, "exception_closed", f"the exception is {item.state} already")
    check_answers(item.form, values)


def _would_cancel(case: CaseFile, effects: list[LedgerEntry]) -> None:
    if case.summary.state in _CLOSED:
        raise Problem(Kind.CONFLICT, "case_closed", f"the case is {case.summary.state} already")
    if any(effect.pivot and effect.state in _STANDING for effect in effects):
        raise Problem(Kind.CONFLICT, "case_past_pivot", "a pivot stands and is never taken back")


def _why(refusal: Problem) -> str:
    told = [refusal.detail or refusal.code, *(f"{error.pointer}: {error.detail}" for error in refusal.errors)]
    return "; ".join(told)
