"""The account: records by type and id, external ids, credentials, the shared pool. No HTTP here."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from system_apis.netsuite.simulator.catalogue import record_types
from system_apis.netsuite.simulator.refusal import Refusal, invalid_parameter, nonexistent
from system_apis.netsuite.simulator.schema import RecordType

_FIRST_ID = 100
EID = "eid:"


class World(Protocol):
    """What the account needs of its surroundings."""

    random: Any

    def now(self) -> datetime:
        """The account's time."""
        ...


@dataclass
class Record:
    """One record; `values` holds references as internal ids and sublists as lists of lines."""

    kind: RecordType
    id: str
    external_id: str | None
    values: dict[str, Any]

    def copied(self) -> dict[str, Any]:
        """Values that may be changed without touching the record."""
        return copy.deepcopy(self.values)


@dataclass
class Settings:
    """How this account is set up; `background_*` is load by others on the shared pool."""

    id: str = "1234567_SB1"
    date_format: str = "M/D/YYYY"
    tax_rounding: str = "group"
    concurrency: int = 5
    background_slots: int = 0
    background_calls: int = 0
    throttle: str = "status_429"
    service_time_s: float = 0.0
    async_s: float = 1.0
    expires_in_as_text: bool = True


@dataclass
class Account:
    """Everything one NetSuite account holds."""

    world: World
    types: Mapping[str, RecordType] = field(default_factory=record_types)
    settings: Settings = field(default_factory=Settings)
    integrations: list[dict[str, Any]] = field(default_factory=list)
    tables: dict[str, dict[str, Record]] = field(default_factory=dict)
    names: dict[tuple[str, str], Record] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    nonces: set[str] = field(default_factory=set)
    jobs: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)

    def clear(self) -> None:
        """Back to an account nobody has set up."""
        self.settings = Settings()
        for store in (self.tables, self.names, self.tokens, self.jobs, self.keys, self.counters):
            store.clear()
        self.nonces.clear()
        self.integrations.clear()

    def number(self, counter: str) -> int:
        """The next number of a counter."""
        self.counters[counter] = self.counters.get(counter, _FIRST_ID) + 1
        return self.counters[counter]

    def type_of(self, name: str) -> RecordType:
        """The record type of that name."""
        if name not in self.types:
            raise Refusal(404, "NONEXISTENT_RECORD_TYPE", f"Record type '{name}' does not exist.", url=name)
        return self.types[name]

    def all(self, *names: str) -> Iterator[Record]:
        """Every record of the given types, oldest first."""
        for name in names:
            yield from list(self.tables.get(name, {}).values())

    def find(self, name: str, key: str) -> Record | None:
        """The record with an internal id, or with `eid:` and an external id."""
        if key.startswith(EID):
            external = key.removeprefix(EID)
            check_external_id(external)
            record = self.names.get((self.types[name].space, external))
            return record if record is not None and record.kind.name == name else None
        return self.tables.get(name, {}).get(key)

    def get(self, name: str, key: str) -> Record:
        """The same, or a 404."""
        record = self.find(name, key)
        if record is None:
            raise nonexistent(f"{name}/{key}")
        return record

    def named(self, kind: RecordType, external_id: str) -> Record | None:
        """Whatever record of the type's space bears the external id."""
        return self.names.get((kind.space, external_id))

    def add(self, kind: RecordType, external_id: str | None, values: dict[str, Any]) -> Record:
        """Put a new record in place."""
        counter = "entity" if kind.space == "entity" else kind.space
        record = Record(kind, str(self.number(counter)), external_id, values)
        values["createdDate"] = values["lastModifiedDate"] = self.world.now()
        self.tables.setdefault(kind.name, {})[record.id] = record
        if external_id is not None:
            self.names[kind.space, external_id] = record
        return record

    def remove(self, record: Record) -> None:
        """Take a record out."""
        del self.tables[record.kind.name][record.id]
        if record.external_id is not None:
            del self.names[record.kind.space, record.external_id]


def check_external_id(external_id: str) -> None:
    """Refuse anything but letters, digits, underscore and hyphen: a pipe means a multi-select."""
    plain = external_id.replace("_", "").replace("-", "")
    if not external_id or not (plain.isascii() and (plain.isalnum() or not plain)):
        raise invalid_parameter(f"Invalid external ID '{external_id}'.", query="externalId")
