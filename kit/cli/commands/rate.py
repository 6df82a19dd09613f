"""`sluice rate explain`: the price of work by price lists in a file, with every candidate and why it lost."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

from contracts.canonical.pricing import Price, PriceList, PriceQuery
from contracts.canonical.rates import RateCard
from contracts.canonical.trade.lists import faults_among, price_list_of
from contracts.canonical.trade.rating import price_of
from kit.settings import SettingsError

_DIMENSIONS = ("person", "role", "company", "unit", "region", "contract", "quote", "customer")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Teach the command line its words."""
    parser = commands.add_parser("rate", help="what work is billed at, and why")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    explain = verbs.add_parser("explain", help="the price of work, with every candidate; exit 1 when there is none")
    explain.add_argument("file", type=Path, help="JSON: {lists: [price list, …], cards: [rate card, …]}")
    explain.add_argument("--on", type=_day, required=True, help="day of the work, as 2026-03-15")
    explain.add_argument("--currency", required=True, help="currency of the contract, as EUR")
    explain.add_argument("--hours", type=_number, default=Decimal(1), help="hours to price")
    explain.add_argument("--hours-before", type=_number, default=Decimal(0), help="hours of that day already billed")
    explain.add_argument("--markup", action="append", default=[], help="a reason for a markup; may be repeated")
    for name in _DIMENSIONS:
        explain.add_argument(f"--{name}", default=None)
    explain.add_argument("--json", action="store_true", help="the price as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Explain a price; 1 when there is none or the lists may not be used."""
    lists = _read(arguments.file)
    faults = faults_among(lists)
    if faults:
        print("refused: the lists may not be used", file=sys.stderr)
        for fault in faults:
            print(f"  {fault.about}: {fault.detail}", file=sys.stderr)
        return 1
    price = price_of(_query(arguments), lists)
    if arguments.json:
        print(msgspec.json.encode(price).decode())
    else:
        _tell(price)
    return 1 if price.code else 0


class _File(msgspec.Struct, forbid_unknown_fields=True):
    lists: list[PriceList] = []
    cards: list[RateCard] = []


def _read(path: Path) -> list[PriceList]:
    try:
        held = msgspec.json.decode(path.read_bytes(), type=_File)
        named = [price_list_of(card, list_id=f"card-{number}") for number, card in enumerate(held.cards, start=1)]
    except (OSError, ValueError) as fault:
        raise SettingsError(f"{path} cannot be read: {fault}") from None
    return [*held.lists, *named]


def _query(arguments: argparse.Namespace) -> PriceQuery:
    return PriceQuery(
        currency=arguments.currency,
        worked_on=arguments.on,
        hours=arguments.hours,
        hours_before=arguments.hours_before,
        markups=arguments.markup,
        person_id=arguments.person,
        role=arguments.role,
        company_id=arguments.company,
        unit_id=arguments.unit,
        region=arguments.region,
        contract_id=arguments.contract,
        quote_id=arguments.quote,
        customer_id=arguments.customer,
    )


def _tell(price: Price) -> None:
    for each in price.trace:
        print(f"{'taken' if each.taken else 'not':<6} {each.kind:<9} {each.candidate_id:<20} {each.reason}")
    if price.code:
        print(f"{price.code}: {price.detail}")
        return
    over = f", {price.over_hours} h above the daily limit" if price.over_hours else ""
    print(f"{price.hours} h at {price.rate} = {price.amount} {price.currency}{over}")


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
