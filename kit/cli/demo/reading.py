"""Reads the lines of a document where the ERP keeps them, as a person with its own API would: past our rooms.

`fixtures/document_lines.json` in the room of an ERP says for invoices and for credit notes which addresses are read,
where the items stand in the answer, and which field is the text, the quantity, the price and the net amount. Where one
record does not say all of it, several are read and joined item by item. `negated` is said where the ERP states what it
gives back without a minus. A real system's `landscape` reads by its own `document_lines`.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import httpx
from msgspec import Struct

from contracts.canonical.posting import BookedDocument
from kit.cli.demo.play import StoryError
from kit.cli.landscape import Landscape
from kit.cli.real import is_real
from kit.cli.story import filled, found_at

_WORDS: Final = ("text", "quantity", "price", "net")
_WHOLE: Final = re.compile(r"(?P<text>.*) \((?P<quantity>-?[0-9.]+) at (?P<price>-?[0-9.]+)\)")


class Line(Struct, frozen=True, kw_only=True):
    """One line of a document by the ERP's record of it, in major units, net of tax.

    `price` is never negative: the quantity bears the sign of the amount, whichever of the two the ERP has it on. A
    line is `whole` where the ERP holds one of its amount, with the quantity and the price of one at the end of its
    text; they are told as they stand there.
    """

    text: str
    quantity: Decimal
    price: Decimal
    net: Decimal
    whole: bool = False


async def lines_at(landscape: Landscape, connection: str, booked: BookedDocument, *, corrects: str) -> list[Line]:
    """The lines of a document, in the order in which the ERP has them; `corrects` is our id of what it credits.

    Raises:
        StoryError: the ERP refused to show them, or has the document not once.

    """
    vendor, url = landscape.estate.vendors[connection], landscape.vendors[connection]
    if is_real(vendor):
        read = vendor.module("landscape").document_lines
        rows = await asyncio.to_thread(read, url, external_id=booked.external_id)
        return [line_of(row, negated=False) for row in rows]
    told = json.loads((vendor.path / "fixtures" / "document_lines.json").read_text(encoding="utf-8"))[booked.kind.value]
    known = {"document": {"id": booked.document_id, "corrects": corrects}}
    joined: list[dict[str, Any]] = []
    async with httpx.AsyncClient(base_url=url, headers=landscape.persons[connection], timeout=30) as http:
        for read in told["reads"]:
            rows = await _rows(http, read, known)
            joined = [{**one, **other} for one, other in zip(joined or [{} for _ in rows], rows, strict=True)]
    return [line_of(row, negated=told.get("negated", False)) for row in joined]


async def _rows(http: httpx.AsyncClient, read: Mapping[str, Any], known: Mapping[str, Any]) -> list[dict[str, Any]]:
    answer = await http.get(filled(read["path"], known))
    if answer.is_error:
        raise StoryError(f"{read['path']} was refused: {answer.status_code} {answer.text[:300]}")
    found = found_at(json.loads(answer.text, parse_float=Decimal), read["items"])
    items = [item for inner in found for item in inner]
    return [{word: item[name] for word, name in read["fields"].items()} for item in items]


def line_of(row: Mapping[str, Any], *, negated: bool) -> Line:
    """A line from what an ERP says of it; `negated` where it states what it gives back without a minus."""
    quantity, price, net = (Decimal(str(row[word])) for word in _WORDS[1:])
    net, text = -net if negated else net, str(row["text"])
    told = _WHOLE.fullmatch(text) if abs(quantity) == 1 and abs(price) == abs(net) else None
    if told is not None:
        text, quantity, price = told["text"], Decimal(told["quantity"]), Decimal(told["price"])
    return Line(text=text, quantity=abs(quantity).copy_sign(net), price=abs(price), net=net, whole=told is not None)
