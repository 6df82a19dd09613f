"""The catalogue of exceptions, read once and strictly: a misspelt key, role or pattern stops the start.

A fault that a road raises is completed here: the catalogue says who acts, by when and with how many eyes; the road
says what is wrong, and which of the fields it asks.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, field

from contracts.canonical.casework import Cause, FixField
from contracts.canonical.exceptions import Catalogue, CatalogueEntry
from contracts.canonical.governance import Resume, Rung, Severity
from kit.durable import Fault, Handling
from kit.settings import SettingsError

FILE: Final = Path(__file__).with_name("catalogue.toml")
_CODE: Final = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
_IN_DOUBT: Final = "unknown_outcome"


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field that may be asked."""

    name: str
    label: str
    pattern: str = ""
    choices: list[str] = field(default_factory=list)


class Called(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rung of an escalation; hours count from the moment the thing is due."""

    role: str
    after_h: float


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An exception as the file states it; hours."""

    code: str
    title: str
    text: str
    hint: str
    owner_role: str
    cause: Cause
    severity: Severity
    due_in_h: float
    resume: Resume = Resume.SAME_STEP
    four_eyes: bool = False
    context: list[str] = field(default_factory=list)
    form: list[Asked] = field(default_factory=list)
    escalation: list[Called] = field(default_factory=list)


class Stated(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file."""

    version: str
    roles: list[str]
    exceptions: list[Entry]


def read_catalogue(text: str) -> Mapping[str, CatalogueEntry]:
    """The entries of a file by code.

    Raises:
        SettingsError: with every fault at once.

    """
    try:
        stated = msgspec.convert(tomllib.loads(text), Stated)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as wrong:
        raise SettingsError(f"the catalogue of exceptions will not do: {wrong}") from None
    faults = [fault for entry in stated.exceptions for fault in _faults(entry, roles=set(stated.roles))]
    twice = [code for code, number in Counter(entry.code for entry in stated.exceptions).items() if number > 1]
    faults += [f"{code} stands twice" for code in twice]
    if faults:
        raise SettingsError(f"the catalogue of exceptions will not do: {'; '.join(faults)}")
    return {entry.code: _noun(entry) for entry in stated.exceptions}


def published(entries: Mapping[str, CatalogueEntry]) -> Catalogue:
    """The catalogue for people, by code."""
    return Catalogue(items=[entries[code] for code in sorted(entries)])


def handling(entries: Mapping[str, CatalogueEntry], fault: Fault) -> Handling:
    """How a fault is handled; a code of a vendor's own stands under VENDOR_REJECTED or VENDOR_UNAVAILABLE."""
    code = _code_of(entries, fault)
    entry = entries[code]
    completed = Fault(
        code=code,
        title=entry.title if code == fault.code else fault.title,
        detail=fault.detail,
        hint=fault.hint or entry.hint,
        owner_role=entry.owner_role,
        cause=entry.cause,
        context=fault.context if code == fault.code else {"code": fault.code, **fault.context},
        form=[_asked(entry, question) for question in fault.form],
        due_in_h=entry.due_in_h,
    )
    return Handling(
        fault=completed,
        severity=entry.severity,
        resume=entry.resume,
        four_eyes=entry.four_eyes,
        escalation=entry.escalation,
    )


def declared(entry: CatalogueEntry, name: str) -> FixField | None:
    """The field of an entry that a question is about; `ask_again_2` is about `ask_again`, asked for the second time."""
    fits = [each for each in entry.form if name == each.name or name.startswith(f"{each.name}_")]
    return max(fits, key=lambda each: len(each.name), default=None)


def _code_of(entries: Mapping[str, CatalogueEntry], fault: Fault) -> str:
    if fault.code == "VENDOR_UNAVAILABLE" and fault.context.get("kind") == _IN_DOUBT:
        return "OUTCOME_UNKNOWN"
    if fault.code in entries:
        return fault.code
    return "VENDOR_UNAVAILABLE" if fault.cause is Cause.API_FAILURE else "VENDOR_REJECTED"


def _asked(entry: CatalogueEntry, question: FixField) -> FixField:
    known = declared(entry, question.name)
    if known is None:
        return question
    return FixField(
        name=question.name,
        label=question.label or known.label,
        pattern=question.pattern or known.pattern,
        choices=question.choices or known.choices,
    )


def _faults(entry: Entry, *, roles: set[str]) -> list[str]:
    faults = []
    if not _CODE.fullmatch(entry.code):
        faults.append(f"{entry.code!r} is no code")
    if not all((entry.title, entry.text, entry.hint)):
        faults.append(f"{entry.code} does not say what is wrong and what to do")
    if entry.due_in_h <= 0:
        faults.append(f"{entry.code} is due before it is raised")
    called = [entry.owner_role, *(rung.role for rung in entry.escalation)]
    faults += [f"{entry.code} calls {role}, which is no role" for role in called if role not in roles]
    if len(set(called)) < len(called):
        faults.append(f"{entry.code} calls a role twice")
    hours = [rung.after_h for rung in entry.escalation]
    if any(each < 0 for each in hours) or sorted(set(hours)) != hours:
        faults.append(f"{entry.code} escalates out of order")
    names = [question.name for question in entry.form]
    if len(set(names)) < len(names):
        faults.append(f"{entry.code} asks one thing twice")
    return faults + [f"{entry.code}: {each.pattern!r} is no pattern" for each in entry.form if not _is_pattern(each)]


def _is_pattern(question: Asked) -> bool:
    try:
        re.compile(question.pattern)
    except re.error:
        return False
    return True


def _noun(entry: Entry) -> CatalogueEntry:
    return CatalogueEntry(
        code=entry.code,
        title=entry.title,
        text=entry.text,
        hint=entry.hint,
        owner_role=entry.owner_role,
        cause=entry.cause,
        severity=entry.severity,
        due_in_h=entry.due_in_h,
        resume=entry.resume,
        four_eyes=entry.four_eyes,
        context=entry.context,
        form=[
            FixField(name=each.name, label=each.label, pattern=each.pattern, choices=each.choices)
            for each in entry.form
        ],
        escalation=[Rung(role=each.role, after_h=each.after_h) for each in entry.escalation],
    )
