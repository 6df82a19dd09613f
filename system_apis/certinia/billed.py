"""Marks days as billed on their timecards, which closes the week; a day bears the document that billed it first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from contracts.canonical.timesheets import BilledTime
from contracts.problem import Kind, Problem
from system_apis.certinia import worked
from system_apis.certinia.rows import Org, Row
from system_apis.certinia.timecards import TIMECARD, Timecards
from system_apis.certinia.wire import Timecard
from system_apis.certinia.worked import APPROVED, DAYS

_SHOWN: Final = 20


class Billed:
    """Billed time of one org."""

    def __init__(self, org: Org, *, username: str) -> None:
        self._org = org
        self._timecards = Timecards(org)
        self._username = username

    async def report(self, document_id: str, body: BilledTime) -> None:
        """Mark every day once; the timecards of one project after those of another, for its roll-ups are locked.

        Raises:
            Problem: not_found when a day does not stand there; conflict when one is not approved, or billed by
                somebody else. None is marked then. What a correction took off is billed again by a later document;
                its day is marked already and stays as it is.

        """
        days = [worked.day_of(entry) for entry in body.entry_ids]
        _refuse(
            [entry for entry, day in zip(body.entry_ids, days, strict=True) if day is None],
            Kind.NOT_FOUND, "entry_unknown", "stands in no timecard",
        )  # fmt: skip  # a refusal is read in one line
        wanted = list(dict.fromkeys(day for day in days if day is not None))
        cards = {card.id: card for card in await self._timecards.named(sorted({each for each, _ in wanted}))}
        _check(wanted, cards)
        fresh: dict[str, list[int]] = {}
        for card_id, day in wanted:
            if not cards[card_id].documents[day]:
                fresh.setdefault(card_id, []).append(day)
        for rows in self._by_project(fresh, cards, document_id, body.number):
            await self._org.writer.update(TIMECARD, rows)

    def _by_project(
        self, fresh: Mapping[str, Sequence[int]], cards: Mapping[str, Timecard], document_id: str, number: str
    ) -> Iterable[list[Row]]:
        projects: dict[str, list[Row]] = {}
        for card_id, days in fresh.items():
            card = cards[card_id]
            row: Row = {
                "id": card_id,
                "pse__Billed__c": True,
                "pse__Invoiced__c": True,
                "pse__Invoice_Number__c": number,
                **{f"Sluice_{DAYS[day]}_Document__c": document_id for day in days},
            }
            if card.seen is None or not worked.marked_last(card, username=self._username):
                row["Sluice_Seen__c"] = card.stamp.isoformat()
            projects.setdefault(card.project_id or "", []).append(row)
        return projects.values()


def _check(wanted: Sequence[tuple[str, int]], cards: Mapping[str, Timecard]) -> None:
    missing = [each for each in wanted if each[0] not in cards or cards[each[0]].hours[each[1]] <= 0]
    _refuse(_ids(missing), Kind.NOT_FOUND, "entry_unknown", "stands in no timecard")
    free = [each for each in wanted if not cards[each[0]].documents[each[1]]]
    there = [each for each in free if cards[each[0]].billed and not any(cards[each[0]].documents)]
    _refuse(_ids(there), Kind.CONFLICT, "entry_billed_there", "was billed in Certinia")
    withdrawn = [each for each in free if cards[each[0]].status != APPROVED]
    _refuse(_ids(withdrawn), Kind.CONFLICT, "entry_not_approved", "is not approved any more")


def _ids(days: Iterable[tuple[str, int]]) -> list[str]:
    return [worked.entry_id(card_id, day) for card_id, day in days]


def _refuse(entry_ids: Sequence[str], kind: Kind, code: str, why: str) -> None:
    if entry_ids:
        some = ", ".join(entry_ids[:_SHOWN])
        raise Problem(kind, f"certinia.{code}", f"time {some} {why}; nothing was marked", context={"entry_ids": some})
