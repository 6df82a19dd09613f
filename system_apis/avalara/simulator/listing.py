"""Companies and registrations, page by page, by the one filter that is spoken here."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from .books import Books
from .errors import Refusal, not_found, wrong

_EQUALS: Final = re.compile(r"companyCode eq '((?:[^']|'')*)'", re.IGNORECASE)
_MOST: Final = 1_000


def companies(books: Books, query: Mapping[str, str], *, most: int, url: str) -> dict[str, Any]:
    """The companies that fit; without a filter all of them."""
    asked = query.get("$filter", "")
    rows = [{"id": each["id"], "companyCode": code, "name": each["name"]} for code, each in books.companies.items()]
    if asked:
        found = _EQUALS.fullmatch(asked.strip())
        if found is None:
            raise Refusal(400, "InvalidQueryField", "The filter is not understood.", refers_to="$filter")
        wanted = found[1].replace("''", "'").lower()
        rows = [row for row in rows if row["companyCode"].lower() == wanted]
    return _page(rows, query, most=most, url=url)


def nexus(books: Books, company_id: str, query: Mapping[str, str], *, most: int, url: str) -> dict[str, Any]:
    """Where a company is registered."""
    found = next((each for each in books.companies.values() if str(each["id"]) == company_id), None)
    if found is None:
        raise not_found("Company", company_id)
    return _page(list(found.get("nexus", ())), query, most=most, url=url)


def _page(rows: Sequence[Any], query: Mapping[str, str], *, most: int, url: str) -> dict[str, Any]:
    start, asked = _number(query, "$skip"), _number(query, "$top") or _MOST
    count = min(asked, most, _MOST)
    page: dict[str, Any] = {"@recordsetCount": len(rows), "value": list(rows[start : start + count])}
    if start + count < len(rows):
        page |= {"@nextLink": f"{url}?$skip={start + count}&$top={asked}", "pageKey": ""}
    return page


def _number(query: Mapping[str, str], name: str) -> int:
    text = query.get(name, "0")
    if not text.isdigit():
        raise wrong(name)
    return int(text)
