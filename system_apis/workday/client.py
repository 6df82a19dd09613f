"""The tenant over HTTP: reports whole or for some workers, and one worker of the staffing service."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote

import msgspec

from contracts.problem import Kind, Problem
from kit.http import VendorClient
from system_apis.workday.config import Config
from system_apis.workday.problems import for_callers
from system_apis.workday.wire import Report, Row, StaffingWorker

T = TypeVar("T")

_NUMBERS: Final = ("Employee_ID", "Contingent_Worker_ID")
_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class WorkdayClient:
    """Reads one tenant."""

    def __init__(self, http: VendorClient, *, config: Config) -> None:
        self._http = http
        self._config = config
        self._reports = f"/ccx/service/customreport2/{config.tenant}/{quote(config.report_owner, safe='@')}/"
        self._staffing = f"/ccx/api/staffing/{config.staffing_version}/{config.tenant}/workers/"

    async def report(
        self, name: str, *, wids: Sequence[str] | None = None, prompts: Mapping[str, str] | None = None
    ) -> list[Row]:
        """The rows of a report, of everybody or of these workers; the vendor knows no pages of it."""
        asked = {"format": "json", **(prompts or {})}
        if wids is None:
            return await self._rows(name, asked)
        rows: list[Row] = []
        for start in range(0, len(wids), self._config.chunk):
            some = "!".join(wids[start : start + self._config.chunk])
            rows += await self._rows(name, {**asked, self._config.prompts.worker: some})
        return rows

    async def by_number(self, worker_id: str) -> StaffingWorker:
        """One worker by employee number, hired already or not yet.

        Raises:
            Problem: not_found, when there is none.

        """
        if _ID.fullmatch(worker_id) is None:
            raise Problem(Kind.NOT_FOUND, "worker_not_found", "no worker has this number")
        for kind in _NUMBERS:
            try:
                return await self._worker(f"{kind}={worker_id}")
            except Problem as problem:
                if problem.kind is not Kind.NOT_FOUND:
                    raise
        raise Problem(Kind.NOT_FOUND, "worker_not_found", "no worker has this number")

    async def exists(self, wid: str) -> bool:
        """Whether there is a worker, though perhaps not for us to see."""
        try:
            await self._worker(wid)
        except Problem as problem:
            if problem.kind is Kind.NOT_FOUND:
                return False
            if problem.kind is not Kind.FORBIDDEN:
                raise
        return True

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()

    async def _worker(self, reference: str) -> StaffingWorker:
        content = await self._read(self._staffing + quote(reference, safe="="), {})
        return decoded(content, StaffingWorker)

    async def _rows(self, name: str, params: Mapping[str, str]) -> list[Row]:
        return decoded(await self._read(self._reports + quote(name, safe=""), params), Report).rows

    async def _read(self, path: str, params: Mapping[str, Any]) -> bytes:
        try:
            return (await self._http.send("GET", path, params=params)).content
        except Problem as problem:
            raise for_callers(problem) from None


def decoded(content: bytes, kind: type[T]) -> T:
    """A body as what it should be.

    Raises:
        Problem: unavailable for what is no JSON; unexpected for another shape.

    """
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as fault:
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", f"{kind.__name__}: {fault}") from None
    except msgspec.DecodeError:
        raise Problem(Kind.UNAVAILABLE, "vendor_garbled", "the vendor's answer is not JSON") from None
