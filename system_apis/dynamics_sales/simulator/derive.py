"""What the environment computes by itself: amounts, totals, base currency, names, and which states may follow."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, Protocol

from .catalogue import OPPORTUNITY_REASONS, TABLES
from .refusal import Refusal
from .schema import Table

Row = dict[str, Any]
_CENT: Final = Decimal("0.01")
_PARENTS: Final = {"opportunityproduct": ("opportunity", "opportunityid"), "quotedetail": ("quote", "quoteid")}
_LINES: Final = {parent: (child, column) for child, (parent, column) in _PARENTS.items()}


class Rows(Protocol):
    """What computing needs of the store."""

    def rows(self, name: str) -> Iterator[Row]:
        """The rows of a table."""
        ...

    def find(self, name: str, row_id: object) -> Row | None:
        """A row by its id."""
        ...

    def touch(self, table: Table, row: Row, *, user: str) -> None:
        """Stamp a row as changed now."""
        ...


def defaults(store: Rows, table: Table, values: Row) -> Row:
    """What a new row has when nothing is said; a line has the currency of what it belongs to."""
    state = values.get("statecode", 0)
    found: Row = {"statecode": state, "statuscode": _first_reason(table, state)}
    if table.name in _PARENTS:
        parent, column = _PARENTS[table.name]
        above = store.find(parent, values.get(column))
        found["transactioncurrencyid"] = above["transactioncurrencyid"] if above else None
        found |= {"isproductoverridden": False, "ispriceoverridden": False, "quantity": Decimal(1)}
    if table.name == "opportunity":
        found["isrevenuesystemcalculated"] = True
    return found


def check_state(table: Table, row: Row, changed: Row) -> None:
    """Raise where a state cannot be reached by setting it; a deal is won by WinOpportunity."""
    if table.name != "opportunity" or changed["statecode"] == row["statecode"]:
        return
    if changed["statecode"] != 0:
        word = {1: "Won", 2: "Lost"}[changed["statecode"]]
        message = (
            f"This message can not be used to set the state of opportunity to {word}. In order to set state of "
            f"opportunity to {word}, use the {word[:3] if word == 'Won' else 'Lose'}Opportunity message instead."
        )
        raise Refusal(400, "0x80048408", message)
    if changed["statuscode"] not in OPPORTUNITY_REASONS[0]:
        changed["statuscode"] = 1
    changed |= {"actualvalue": None, "actualclosedate": None}


def compute(store: Rows, table: Table, row: Row) -> None:
    """Fill in what follows from a row alone: names, the amounts of a line, totals, and amounts in the base currency."""
    if table.name == "contact":
        row["fullname"] = " ".join(part for part in (row["firstname"], row["lastname"]) if part) or None
    if table.name in _PARENTS:
        _line(store, table, row)
    if table.name in _LINES:
        _totals(store, table, row)
    if table.prices:
        _base(store, table, row)


def settle(store: Rows, table: Table, row: Row, *, user: str) -> None:
    """Compute anew what the row belongs to."""
    if table.name in _PARENTS:
        parent, column = _PARENTS[table.name]
        above = store.find(parent, row[column])
        if above is not None:
            store.touch(TABLES[parent], above, user=user)


def _line(store: Rows, table: Table, row: Row) -> None:
    product = store.find("product", row["productid"])
    if product is None and not (row["isproductoverridden"] and row["productdescription"]):
        raise Refusal(400, "0x80043b1e", "You must provide a product or the name of a write-in product.")
    if product is not None and not row["ispriceoverridden"]:
        row["priceperunit"] = product["price"]
    row[table.title] = product["name"] if product else row["productdescription"]
    row["baseamount"] = _cut((row["quantity"] or Decimal(0)) * (row["priceperunit"] or Decimal(0)))
    less = (row["manualdiscountamount"] or Decimal(0)) + (row["volumediscountamount"] or Decimal(0))
    row["extendedamount"] = row["baseamount"] - less + (row["tax"] or Decimal(0))


def _totals(store: Rows, table: Table, row: Row) -> None:
    child, column = _LINES[table.name]
    lines = [line for line in store.rows(child) if line[column] == row[table.key]]
    tax = sum((line["tax"] or Decimal(0) for line in lines), Decimal(0))
    row["totaltax"] = _cut(tax)
    row["totallineitemamount"] = _cut(sum((line["extendedamount"] for line in lines), Decimal(0)) - tax)
    less, more = row["discountamount"] or Decimal(0), row["freightamount"] or Decimal(0)
    row["totalamount"] = _cut(row["totallineitemamount"] - less + more + tax)
    if table.name == "opportunity" and row["isrevenuesystemcalculated"] and lines:
        row["estimatedvalue"] = row["totalamount"]


def _base(store: Rows, table: Table, row: Row) -> None:
    """The twins; money without a currency is refused."""
    currency = store.find("transactioncurrency", row["transactioncurrencyid"])
    held = [column.name for column in table.prices if row[column.name]]
    if held and currency is None:
        raise Refusal(400, "0x80048cfe", "The currency cannot be null.")
    row["exchangerate"] = currency["exchangerate"] if currency else None
    for column in table.prices:
        value = row[column.name]
        row[f"{column.name}_base"] = None if value is None or not currency else _cut(value / currency["exchangerate"])


def _first_reason(table: Table, state: int) -> int:
    if table.name == "opportunity":
        return next(iter(OPPORTUNITY_REASONS[state]))
    return list(table.columns["statuscode"].options)[min(state, len(table.columns["statuscode"].options) - 1)]


def _cut(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)
