"""The transaction log: whom it names between two moments, page by page, all pages as of one entry moment."""

from __future__ import annotations

import datetime as dt
from typing import Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from contracts.problem import Kind, Problem
from kit.http import VendorClient
from system_apis.workday.config import Config
from system_apis.workday.faults import parsed
from system_apis.workday.wire import LoggedWorker, LogPage

_WD: Final = "{urn:com.workday/bsvc}"
_SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_TEXT: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"


class TransactionLog:
    """Asks the Human Resources web service of one tenant."""

    def __init__(self, http: VendorClient, *, config: Config) -> None:
        self._http = http
        self._config = config
        self._path = f"/ccx/service/{config.tenant}/Human_Resources/{config.services_version}"

    async def page(
        self, *, since: dt.datetime | None, moment: dt.datetime, on: dt.date, page: int, count: int
    ) -> LogPage:
        """A page of the workers named from `since` up to `moment`, or of all workers where `since` is None.

        `moment` is the entry moment as of which every page is cut, so that pages do not shift while they are read.
        `on` is a day far enough ahead for hires that have not begun.
        """
        body = self._envelope(_asked(since, moment, on, page=page, count=count))
        headers = {"Content-Type": "text/xml; charset=utf-8"}
        response = await self._http.send("POST", self._path, content=body, headers=headers, repeatable=True)
        envelope = parsed(response.content)
        if envelope is None:
            raise Problem(Kind.UNAVAILABLE, "vendor_garbled", "the vendor's envelope cannot be read")
        try:
            return _page(envelope)
        except (ValueError, TypeError) as fault:
            raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", f"Get_Workers_Response: {fault}") from None

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()

    def _envelope(self, asked: str) -> bytes:
        user = escape(f"{self._config.user}@{self._config.tenant}")
        password = escape(self._config.password.reveal())
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="{_SOAP}"><env:Header>'
            f'<wsse:Security env:mustUnderstand="1" xmlns:wsse="{_WSSE}"><wsse:UsernameToken>'
            f'<wsse:Username>{user}</wsse:Username><wsse:Password Type="{_TEXT}">{password}</wsse:Password>'
            "</wsse:UsernameToken></wsse:Security></env:Header><env:Body>"
            f'<wd:Get_Workers_Request xmlns:wd="urn:com.workday/bsvc" '
            f'wd:version="{escape(self._config.services_version)}">{asked}</wd:Get_Workers_Request>'
            "</env:Body></env:Envelope>"
        ).encode()


def _asked(since: dt.datetime | None, moment: dt.datetime, on: dt.date, *, page: int, count: int) -> str:
    window = ""
    if since is not None:
        window = (
            "<wd:Transaction_Log_Criteria_Data><wd:Transaction_Date_Range_Data>"
            f"<wd:Updated_From>{_stated(since)}</wd:Updated_From>"
            f"<wd:Updated_Through>{_stated(moment)}</wd:Updated_Through>"
            "</wd:Transaction_Date_Range_Data></wd:Transaction_Log_Criteria_Data>"
        )
    return (
        f"<wd:Request_Criteria>{window}<wd:Exclude_Inactive_Workers>false</wd:Exclude_Inactive_Workers>"
        "</wd:Request_Criteria><wd:Response_Filter>"
        f"<wd:As_Of_Effective_Date>{on.isoformat()}</wd:As_Of_Effective_Date>"
        f"<wd:As_Of_Entry_DateTime>{_stated(moment)}</wd:As_Of_Entry_DateTime>"
        f"<wd:Page>{page}</wd:Page><wd:Count>{count}</wd:Count></wd:Response_Filter>"
        "<wd:Response_Group><wd:Include_Reference>true</wd:Include_Reference>"
        "<wd:Include_Transaction_Log_Data>true</wd:Include_Transaction_Log_Data></wd:Response_Group>"
    )


def _page(envelope: ET.Element) -> LogPage:
    results = envelope.find(f".//{_WD}Response_Results")
    if results is None:
        raise ValueError("no Response_Results")
    workers = [_worker(each) for each in envelope.iterfind(f".//{_WD}Response_Data/{_WD}Worker")]
    total, pages = (int(results.findtext(f"{_WD}{name}", "")) for name in ("Total_Results", "Total_Pages"))
    return LogPage(workers=workers, total=total, pages=pages)


def _worker(worker: ET.Element) -> LoggedWorker:
    ids = {each.get(f"{_WD}type", ""): each.text or "" for each in worker.iterfind(f"{_WD}Worker_Reference/{_WD}ID")}
    number = ids.get("Employee_ID") or ids.get("Contingent_Worker_ID") or ""
    if not ids.get("WID") or not number:
        raise ValueError("a worker without WID or number")
    entered = [dt.datetime.fromisoformat(each.text or "") for each in worker.iter(f"{_WD}Transaction_Entry_Moment")]
    if any(moment.tzinfo is None for moment in entered):
        raise ValueError("an entry moment without an offset")
    latest = max(entered).astimezone(dt.UTC) if entered else None
    return LoggedWorker(wid=ids["WID"], worker_id=number, entered_at=latest)


def _stated(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
