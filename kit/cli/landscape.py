"""What is running: addresses, people, and how to speak to it through the gateway."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import httpx
from typing_extensions import TypeForm

from kit.cli.estate import Estate
from kit.ports import connect

P = TypeVar("P")
_PAGE_KB = os.sysconf("SC_PAGE_SIZE") / 1024


@dataclass
class Landscape:
    """A raised estate. `vendors` and `people` are what a person needs to try it by hand."""

    estate: Estate
    addresses: dict[str, str] = field(default_factory=dict)
    vendors: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    persons: dict[str, dict[str, str]] = field(default_factory=dict)
    pids: dict[str, int] = field(default_factory=dict)
    startup_s: float = 0.0

    @property
    def pages(self) -> dict[str, str]:
        """Where people look at it, by title, as the gateway's own routes say."""
        routes = Path(str(import_module("gateway").__file__)).with_name("routes.toml")
        groups = tomllib.loads(routes.read_text(encoding="utf-8")).get("pages", [])
        return {each["title"]: self.addresses["gateway"] + each["prefix"] for each in groups}

    @property
    def memory_mb(self) -> float:
        """Resident memory of everything raised, in MiB."""
        return sum(resident_mb(pid) for pid in {os.getpid(), *self.pids.values()})

    def as_json(self) -> dict[str, Any]:
        """The map for machines."""
        return {
            "estate": self.estate.name,
            "addresses": self.addresses,
            "pages": self.pages,
            "vendors": self.vendors,
            "people": self.people,
            "persons": self.persons,
            "pids": self.pids,
            "startup_s": round(self.startup_s, 2),
            "memory_mb": round(self.memory_mb, 1),
        }


class Visitor:
    """One person in front of the gateway."""

    def __init__(self, gateway: str, token: str) -> None:
        self._http = httpx.AsyncClient(base_url=gateway, timeout=30)
        self._headers = {"Authorization": f"Bearer {token}"}

    def at(self, contract: TypeForm[P], path: str) -> P:
        """A typed caller of a contract at an outside path."""
        return connect(contract, self._http, prefix=path, authorize=self._authorize)

    async def close(self) -> None:
        """Leave."""
        await self._http.aclose()

    def _authorize(self, scope: str) -> Mapping[str, str]:
        del scope
        return self._headers


def resident_mb(pid: int) -> float:
    """Resident memory of a process in MiB; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_KB / 1024
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
