"""Who may ask what, and who sees which field: both drawn from the table beside the room."""

from __future__ import annotations

import datetime as dt
import random
import tomllib
import typing
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union

import msgspec
import pytest

from contracts.canonical.field import Classification
from contracts.canonical.money import Money
from contracts.experience.portals import Portals
from contracts.port import operations
from contracts.problem import Kind, Problem
from contracts.process.change_requests import ChangeRequests
from contracts.process.client_billing import ClientBilling
from contracts.process.engagements import Engagements
from experience_apis import portals
from experience_apis.portals import views
from experience_apis.portals.access import FIELDS, OPERATIONS, PROJECT, SPONSOR
from experience_apis.portals.service import PortalsService
from kit.caller import Caller, calling
from kit.clock import ManualClock
from kit.room import Tools

BELOW = {"engagements": Engagements, "client_billing": ClientBilling, "change_requests": ChangeRequests}
ROLES = sorted({role for roles in (*OPERATIONS.values(), *FIELDS.values()) for role in roles})
ANSWERS = {each.name: typing.get_type_hints(each.function)["return"] for each in operations(Portals)}


def reached(kind: Any, found: dict[str, type]) -> dict[str, type]:
    """Every struct that stands in an answer, by name."""
    for each in typing.get_args(kind):
        reached(each, found)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__name__ not in found:
        found[kind.__name__] = kind
        for part in typing.get_type_hints(kind).values():
            reached(part, found)
    return found


STRUCTS: dict[str, type] = {}
for answer in ANSWERS.values():
    reached(answer, STRUCTS)


def classified(kind: type) -> set[str]:
    """The fields of a struct that are confidential or more."""
    names = set()
    for name, part in typing.get_type_hints(kind, include_extras=True).items():
        facts = [meta.extra_json_schema or {} for meta in getattr(part, "__metadata__", ()) if meta.extra_json_schema]
        if any(each.get("x-classification") in {Classification.CONFIDENTIAL, "restricted"} for each in facts):
            names.add(f"{kind.__name__}.{name}")
    return names


def filled(kind: Any) -> Any:
    """A value of a type with every field filled in."""
    origin = typing.get_origin(kind)
    if origin is Annotated:
        return filled(typing.get_args(kind)[0])
    if origin in {Union, UnionType}:
        return filled(next(each for each in typing.get_args(kind) if each is not type(None)))
    if origin is list:
        return [filled(typing.get_args(kind)[0])]
    if kind is Money:
        return Money(amount=Decimal("4711.00"), currency="EUR")
    if issubclass(kind, msgspec.Struct):
        return kind(**{name: filled(part) for name, part in typing.get_type_hints(kind).items()})
    if issubclass(kind, Enum):
        return next(iter(kind))
    plain: dict[type, Any] = {
        str: "4711.00",
        int: 1,
        bool: True,
        Decimal: Decimal(1),
        dt.date: dt.date(2026, 11, 20),
        dt.datetime: dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
    }
    return plain[kind]


class Process:
    """Answers whatever it is asked with everything filled in, and remembers that it was."""

    def __init__(self, contract: type) -> None:
        self.asked: list[str] = []
        self._answers = {each.name: typing.get_type_hints(each.function)["return"] for each in operations(contract)}

    def __getattr__(self, name: str) -> Any:
        async def answer(**asked: Any) -> Any:
            del asked
            self.asked.append(name)
            return filled(self._answers[name])

        return answer


def service() -> tuple[Any, list[Process]]:
    """The service over three processes that answer anything."""
    below = {name: Process(contract) for name, contract in BELOW.items()}
    made: Any = PortalsService(
        engagements=below["engagements"],
        billing=below["client_billing"],
        changes=below["change_requests"],
        clock=ManualClock(),
    )
    return made, list(below.values())


def arguments(name: str) -> dict[str, Any]:
    """What an operation has to be given."""
    found = {each.name: each.function for each in operations(Portals)}[name]
    hints = typing.get_type_hints(found)
    given = {key: filled(kind) for key, kind in hints.items() if key not in {"return", "state", "limit"}}
    return given | ({"line_id": "4711.00"} if "line_id" in given else {})


def test_the_manifest_says_what_the_contract_asks_and_the_processes_ask_no_more() -> None:
    """Tokens are narrowed on the way down: whoever may enter here may go on."""
    manifest = tomllib.loads((Path(str(portals.__file__)).parent / "experience.toml").read_text())
    scopes = {each.endpoint.scope for each in operations(Portals)}
    below = {each.endpoint.scope for contract in BELOW.values() for each in operations(contract)}
    connected: list[str] = []

    class Peers:
        def connect(self, contract: type, role: str) -> Any:
            assert BELOW[role] is contract
            connected.append(role)
            return object()

    tools = Tools(
        name="portals",
        manifest=manifest,
        clock=ManualClock(),
        random=random.Random(1),
        tenant="default",
        http=lambda **_: pytest.fail("an experience has no vendor client"),
        peers=Peers(),  # type: ignore[arg-type] # hands out anything
        durable=lambda: pytest.fail("an experience has no engine"),
    )

    assert sorted(scopes) == sorted(manifest["scopes"])
    assert set() == scopes - below
    assert [Portals] == [mount.contract for mount in portals.build(portals.Config(), tools).mounts]
    assert connected == manifest["needs"]


@pytest.mark.req(210, 291)
def test_the_tables_are_complete() -> None:
    """Every operation has its roles, every classified field that an answer may hold has those who see it."""
    kept = {field for kind in STRUCTS.values() for field in classified(kind)}

    assert set(ANSWERS) == set(OPERATIONS)
    assert kept == set(FIELDS)


@pytest.mark.req(210, 291)
@pytest.mark.parametrize("role", ROLES)
def test_a_field_is_seen_by_its_roles_and_by_nobody_else(role: str) -> None:
    """For everybody else it is null, wherever it stands; what is beside it stays."""
    for field, may in FIELDS.items():
        kind, _, name = field.partition(".")
        whole = filled(STRUCTS[kind])
        seen = views.shown([whole], roles={role})[0]
        hidden = {each for each in whole.__struct_fields__ if getattr(seen, each) is None}
        expected = {each for each in whole.__struct_fields__ if role not in FIELDS.get(f"{kind}.{each}", {role})}

        assert (role in may) is (getattr(seen, name) is not None), field
        assert expected == hidden, field


@pytest.mark.req(210, 291)
@pytest.mark.parametrize("role", [*ROLES, "sales", ""])
async def test_an_operation_is_refused_before_anything_is_asked(role: str) -> None:
    """403 for whoever holds no role that may; everybody else is passed on to the processes."""
    caller = Caller(subject="somebody", roles=frozenset({role} - {""}))
    for name, may in OPERATIONS.items():
        made, below = service()
        with calling(caller):
            if role in may:
                await getattr(made, name)(**arguments(name))
                assert [] != [asked for each in below for asked in each.asked], name
                continue
            with pytest.raises(Problem) as refused:
                await getattr(made, name)(**arguments(name))
        assert (Kind.FORBIDDEN, "role_missing") == (refused.value.kind, refused.value.code), name
        assert [] == [asked for each in below for asked in each.asked], name


@pytest.mark.req(210, 291)
async def test_who_sees_no_money_is_told_none_by_any_operation() -> None:
    """The project lead's answers hold no amount but the budget they named themselves; the sponsor's do."""
    told: dict[str, dict[str, bytes]] = {PROJECT: {}, SPONSOR: {}}
    for role, answers in told.items():
        made, _ = service()
        with calling(Caller(subject="somebody", roles=frozenset({role}))):
            for name, may in OPERATIONS.items():
                if role in may:
                    answers[name] = msgspec.json.encode(await getattr(made, name)(**arguments(name)))
    money = b'"amount":"4711.00","currency"'
    loud = {name for name, answer_ in told[PROJECT].items() if money in answer_}

    assert {"changes", "change", "ask_change", "withdraw_change"} == loud
    assert {"engagement", "consumption", "billing", "invoice"} <= {
        n for n, each in told[SPONSOR].items() if money in each
    }


async def test_a_line_that_is_not_on_the_invoice_is_not_explained() -> None:
    """404 by its own name."""
    made, _ = service()
    with calling(Caller(subject="somebody", roles=frozenset({SPONSOR}))), pytest.raises(Problem) as refused:
        await made.line_explanation(invoice_id="inv-1", line_id="inv-2-1")

    assert "line_not_found" == refused.value.code
