"""What a table is: its columns, its lookups and the names under which they are followed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column by its logical name.

    `targets` holds for each navigation property of a lookup the table it leads to; a customer has two.
    """

    name: str
    type: str = "string"
    length: int = 0
    scale: int = 0
    needed: bool = False  # the system refuses a row without it
    locked: bool = False  # only the system writes it
    fixed: bool = False  # written when the row is made, and never again
    targets: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[int, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The name under which a row is read: lookups are `_name_value`."""
        return f"_{self.name}_value" if self.targets else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: logical name, entity set, key column, name column, and its columns by logical name."""

    name: str
    plural: str
    title: str
    code: int
    columns: Mapping[str, Column]
    tracked: bool = True

    @property
    def key(self) -> str:
        """The column that holds the id."""
        return f"{self.name}id"

    @property
    def prices(self) -> tuple[Column, ...]:
        """The columns that hold money."""
        return tuple(column for column in self.columns.values() if column.type == "money")

    def column(self, name: str) -> Column | None:
        """The column behind a name of a query: a logical name or `_lookup_value`; case counts."""
        if name.startswith("_") and name.endswith("_value"):
            found = self.columns.get(name.removeprefix("_").removesuffix("_value"))
            return found if found and found.targets else None
        found = self.columns.get(name)
        return found if found and not found.targets else None

    def follow(self, navigation: str) -> tuple[Column, str] | None:
        """The lookup behind a navigation property, and the table it leads to; case counts."""
        for column in self.columns.values():
            if navigation in column.targets:
                return column, column.targets[navigation]
        return None


def text(name: str, length: int = 100, *, locked: bool = False) -> Column:
    return Column(name=name, length=length, locked=locked)


def memo(name: str) -> Column:
    return Column(name=name, type="memo", length=4000)


def money(name: str, *, locked: bool = False) -> Column:
    return Column(name=name, type="money", scale=2, locked=locked)


def number(name: str, scale: int = 2, *, locked: bool = False) -> Column:
    return Column(name=name, type="decimal", scale=scale, locked=locked)


def whole(name: str, *, locked: bool = False) -> Column:
    return Column(name=name, type="integer", locked=locked)


def flag(name: str) -> Column:
    return Column(name=name, type="boolean")


def day(name: str, *, locked: bool = False) -> Column:
    return Column(name=name, type="date", locked=locked)


def choice(name: str, *labels: str, first: int = 748190000) -> Column:
    """A choice whose values count up from `first`; the default is the prefix of this publisher."""
    return Column(name=name, type="choice", options=dict(enumerate(labels, start=first)))


def lookup(navigation: str, *targets: str, needed: bool = False, fixed: bool = False, locked: bool = False) -> Column:
    """A reference. With several targets each has a navigation property with the target's name at its end."""
    many = {f"{navigation}_{target}": target for target in targets}
    return Column(
        name=navigation.lower(),
        type="lookup",
        targets=many if len(targets) > 1 else {navigation: targets[0]},
        needed=needed,
        fixed=fixed,
        locked=locked,
    )


_STATES: Final = {0: "Active", 1: "Inactive"}
_REASONS: Final = {1: "Active", 2: "Inactive"}


def table(
    name: str,
    plural: str,
    code: int,
    columns: Iterable[Column],
    *,
    title: str = "name",
    states: Mapping[int, str] | None = None,
    reasons: Mapping[int, str] | None = None,
    tracked: bool = True,
) -> Table:
    """A table with the columns that every table has, and `_base` twins where it holds money."""
    given = list(columns)
    system = [
        Column(name=f"{name}id", type="id", fixed=True),
        Column(name="statecode", type="state", options=states or _STATES),
        Column(name="statuscode", type="status", options=reasons or _REASONS),
        Column(name="createdon", type="datetime", locked=True),
        Column(name="modifiedon", type="datetime", locked=True),
        lookup("createdby", "systemuser", locked=True),
        lookup("modifiedby", "systemuser", locked=True),
        lookup("ownerid", "systemuser"),
        Column(name="versionnumber", type="bigint", locked=True),
    ]
    if any(column.type == "money" for column in given):
        system += [lookup("transactioncurrencyid", "transactioncurrency"), number("exchangerate", 10, locked=True)]
        twins = [Column(name=f"{c.name}_base", type="base", scale=2, locked=True) for c in given if c.type == "money"]
        given += twins
    known = {column.name for column in given}
    everything = [*(column for column in system if column.name not in known), *given]
    return Table(
        name=name,
        plural=plural,
        title=title,
        code=code,
        columns={column.name: column for column in everything},
        tracked=tracked,
    )
