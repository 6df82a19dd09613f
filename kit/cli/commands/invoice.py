"""`sluice invoice explain` and `export`: why an invoice costs what it costs, and what the customer's system reads."""

from __future__ import annotations

import argparse
import os

import msgspec
import uvloop

from contracts.process.time_to_bill import ElectronicInvoice, InvoiceExplanation, TimeToBill
from kit.cli.landscape import Visitor
from kit.settings import SettingsError


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Teach the command line its words."""
    parser = commands.add_parser("invoice", help="what an invoice comes to, and why")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    explain = verbs.add_parser("explain", help="every line with its reasons; exit 1 when there is no such invoice")
    export = verbs.add_parser("export", help="the electronic invoice by EN 16931 as XML; exit 1 when there is none")
    for verb in (explain, export):
        verb.add_argument("invoice", help="our id of a posted invoice or correction")
        verb.add_argument("--gateway", required=True, help="where the platform answers, as http://127.0.0.1:8080")
    explain.add_argument("--line", default="", help="only this line, by its id on the invoice")
    explain.add_argument("--json", action="store_true", help="the explanation as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Explain an invoice, or write its electronic form on the standard output.

    Raises:
        Problem: not_found, and whatever else the platform says.
        SettingsError: nobody says who asks.

    """
    token = os.environ.get("SLUICE_TOKEN", "")
    if not token:
        raise SettingsError("SLUICE_TOKEN is empty: it holds the token of whoever asks, with time_to_bill:read")
    if arguments.verb == "export":
        print(uvloop.run(_written(arguments.gateway, arguments.invoice, token=token)).xml)
        return 0
    explained = uvloop.run(_asked(arguments.gateway, arguments.invoice, token=token))
    if arguments.json:
        print(msgspec.json.encode(explained).decode())
        return 0
    _tell(explained, only=arguments.line)
    return 0


async def _asked(gateway: str, invoice_id: str, *, token: str) -> InvoiceExplanation:
    visitor = Visitor(gateway, token)
    try:
        return await visitor.at(TimeToBill, "/process/time_to_bill").explanation(invoice_id=invoice_id)
    finally:
        await visitor.close()


async def _written(gateway: str, invoice_id: str, *, token: str) -> ElectronicInvoice:
    visitor = Visitor(gateway, token)
    try:
        return await visitor.at(TimeToBill, "/process/time_to_bill").electronic(invoice_id=invoice_id)
    finally:
        await visitor.close()


def _tell(explained: InvoiceExplanation, *, only: str) -> None:
    for line in explained.lines:
        if only in {"", line.line_id}:
            print(f"{line.line_id}  {line.net.amount} {line.net.currency}  ({line.actual_id})")
            for sentence in line.sentences:
                print(f"    {sentence}")
    for sentence in explained.sentences:
        print(sentence)
