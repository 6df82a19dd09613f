"""The customer account service: what REST does not offer is merged here, by the reference of the source system."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from system_apis.oracle_fusion.simulator.refusal import Refusal
from system_apis.oracle_fusion.simulator.state import Pod

PATH: Final = "/crmService/CustomerAccountService"
TYPES: Final = "{http://xmlns.oracle.com/apps/cdm/foundation/parties/customerAccountService/applicationModule/types/}"
NS: Final = "{http://xmlns.oracle.com/apps/cdm/foundation/parties/customerAccountService/}"
_ENVELOPE: Final = (
    '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>{}</env:Body></env:Envelope>'
)


def answer(pod: Pod, body: bytes) -> tuple[int, str]:
    """Answer one envelope; a fault goes with 500, as SOAP has it."""
    try:
        return 200, _ENVELOPE.format(_merged(pod, ET.fromstring(body)))  # noqa: S314 - only our own adapter asks a simulator
    except ET.ParseError:
        return 500, _fault("env:Client", "The envelope is not well-formed")
    except Refusal as refusal:
        return 500, _fault("env:Server", f"{refusal.code}: {refusal.text}")


def _merged(pod: Pod, envelope: ET.Element) -> str:
    asked = envelope.find(f".//{TYPES}mergeCustomerAccount/{TYPES}customerAccount")
    if asked is None:
        raise Refusal(500, "JBO-29000", "Only mergeCustomerAccount is offered")
    said = {child.tag.removeprefix(NS): child.text or "" for child in asked}
    said |= {child.tag.removeprefix(NS): child.text or "" for child in asked.findall(f"{NS}CustomerAccountSite/*")}
    if said.get("PartyId") not in {str(row["PartyId"]) for row in pod.rows("hubOrganizations")}:
        raise Refusal(500, "HZ-120413", f"The party {said.get('PartyId')} is not valid")
    if said["TaxCode"] and said["TaxCode"] not in pod.setup["tax_codes"]:
        raise Refusal(500, "HZ-120509", f"The tax classification {said['TaxCode']} is not valid")
    if said["Status"] not in {"A", "I"}:
        raise Refusal(500, "HZ-120410", f"The status {said['Status']} is not valid")
    held = pod.accounts.get(said["AccountNumber"])
    if held is not None and held["PartyId"] != said["PartyId"]:
        raise Refusal(500, "HZ-120415", f"Account number {said['AccountNumber']} belongs to another party")
    pod.keep_account(said["AccountNumber"], said)
    number = escape(said["AccountNumber"])
    return (
        f'<r:mergeCustomerAccountResponse xmlns:r="{TYPES[1:-1]}" xmlns:a="{NS[1:-1]}"><r:result>'
        f"<a:AccountNumber>{number}</a:AccountNumber></r:result></r:mergeCustomerAccountResponse>"
    )


def _fault(code: str, text: str) -> str:
    return _ENVELOPE.format(
        f"<env:Fault><faultcode>{code}</faultcode><faultstring>{escape(text)}</faultstring></env:Fault>"
    )
