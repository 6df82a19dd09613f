"""Human Resources web service: Get_Workers with the transaction log, page by page.

Without As_Of_Entry_DateTime each page is cut from the tenant as it stands then, so that pages shift.
"""

import datetime as dt
from typing import Final, NoReturn
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from kit.sandbox import Sandbox

from .auth import Door
from .errors import SoapFault
from .state import Person, Tenant

_WD: Final = "{urn:com.workday/bsvc}"
_WSSE: Final = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
_MOST: Final = 999


class HumanResources:
    """The web service of a tenant."""

    def __init__(self, tenant: Tenant, door: Door, sandbox: Sandbox) -> None:
        self._tenant = tenant
        self._door = door
        self._sandbox = sandbox

    def answer(self, body: bytes, *, tenant: str, version: str) -> str:
        """Answer one envelope."""
        try:
            envelope = ET.fromstring(body)  # noqa: S314 - only our own adapter asks a simulator
        except ET.ParseError:
            raise SoapFault("Client", "Invalid request: not well-formed") from None
        name = envelope.findtext(f".//{_WSSE}Username", "")
        user = self._door.password(name.removesuffix(f"@{tenant}"), envelope.findtext(f".//{_WSSE}Password", ""))
        if user is None or not name.endswith(f"@{tenant}"):
            raise SoapFault("Client.authenticationError", "invalid username or password")
        if not user.may("Human_Resources"):
            raise SoapFault("Client", "Processing error occurred. The task submitted is not authorized.")
        asked = envelope.find(f".//{_WD}Get_Workers_Request")
        if asked is None:
            raise SoapFault("Client", "Invalid request: unknown operation")
        return self._workers(asked, version)

    def _workers(self, asked: ET.Element, version: str) -> str:
        known_at = _moment(asked, "As_Of_Entry_DateTime") or self._sandbox.now()
        on = _moment(asked, "As_Of_Effective_Date") or self._sandbox.now()
        page, count = _number(asked, "Page", 1), _number(asked, "Count", 100)
        if count > _MOST:
            _invalid(f"Count may be {_MOST} at most.", "/wd:Get_Workers_Request/wd:Response_Filter/wd:Count")
        people = self._matching(asked, on.date(), known_at)
        pages = -(-len(people) // count)
        shown = people[(page - 1) * count : page * count]
        results = {"Total_Results": len(people), "Total_Pages": pages, "Page_Results": len(shown), "Page": page}
        told = "".join(f"<wd:{name}>{value}</wd:{name}>" for name, value in results.items())
        with_log = asked.findtext(f".//{_WD}Include_Transaction_Log_Data", "false") in {"true", "1"}
        data = "".join(_worker(person, known_at, with_log=with_log) for person in shown)
        return (
            '<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/">'
            f'<env:Body><wd:Get_Workers_Response xmlns:wd="urn:com.workday/bsvc" wd:version="{escape(version)}">'
            f"<wd:Response_Results>{told}</wd:Response_Results><wd:Response_Data>{data}</wd:Response_Data>"
            "</wd:Get_Workers_Response></env:Body></env:Envelope>"
        )

    def _matching(self, asked: ET.Element, on: dt.date, known_at: dt.datetime) -> list[Person]:
        """Who stands on the day, and whoever the log names; by name, as a list at the screen would be."""
        since, through = _moment(asked, "Updated_From"), _moment(asked, "Updated_Through")
        standing = [person for person, _ in self._tenant.standing(on, known_at)]
        if since is None:
            return standing
        until = through or known_at
        logged = {
            person.wid
            for person in self._tenant.people.values()
            if any(since <= moment <= until for moment, _, _ in person.logged(known_at))
        }
        there = {person.wid for person in standing}
        gone = [person for person in self._tenant.people.values() if person.wid not in there]
        return [person for person in (*standing, *gone) if person.wid in logged]


def _worker(person: Person, known_at: dt.datetime, *, with_log: bool) -> str:
    ids = "".join(
        f'<wd:ID wd:type="{kind}">{escape(value)}</wd:ID>'
        for kind, value in (("WID", person.wid), (person.number_type, person.employee_id))
    )
    log = "".join(
        "<wd:Transaction_Log_Entry><wd:Transaction_Log_Data>"
        f"<wd:Transaction_Log_Description>{entry.kind}</wd:Transaction_Log_Description>"
        f"<wd:Transaction_Effective_Moment>{entry.effective_on}T00:00:00.000-08:00</wd:Transaction_Effective_Moment>"
        f"<wd:Transaction_Entry_Moment>{_stated(moment)}</wd:Transaction_Entry_Moment>"
        f"<wd:Is_Rescind_Or_Rescinded>{int(rescinded)}</wd:Is_Rescind_Or_Rescinded>"
        "</wd:Transaction_Log_Data></wd:Transaction_Log_Entry>"
        for moment, entry, rescinded in person.logged(known_at)
    )
    told = f"<wd:Transaction_Log_Entry_Data>{log}</wd:Transaction_Log_Entry_Data>" if with_log else ""
    data = f"<wd:Worker_Data><wd:Worker_ID>{escape(person.employee_id)}</wd:Worker_ID>{told}</wd:Worker_Data>"
    return f"<wd:Worker><wd:Worker_Reference>{ids}</wd:Worker_Reference>{data}</wd:Worker>"


def _stated(moment: dt.datetime) -> str:
    """A moment as the tenant writes it: in its own time zone, with the offset."""
    return moment.astimezone(dt.timezone(dt.timedelta(hours=-8))).isoformat(timespec="milliseconds")


def _moment(asked: ET.Element, name: str) -> dt.datetime | None:
    text = asked.findtext(f".//{_WD}{name}")
    if text is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        _invalid(f"{name} is not a valid moment.", f"/wd:Get_Workers_Request//wd:{name}")
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _number(asked: ET.Element, name: str, default: int) -> int:
    text = asked.findtext(f".//{_WD}{name}") or str(default)
    if not text.isdigit() or int(text) < 1:
        _invalid(f"{name} is not a valid number.", f"/wd:Get_Workers_Request/wd:Response_Filter/wd:{name}")
    return int(text)


def _invalid(message: str, xpath: str) -> NoReturn:
    raise SoapFault("Client.validationError", f"Validation error occurred. {message}", detail=message, xpath=xpath)
