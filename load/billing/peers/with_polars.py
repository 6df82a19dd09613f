"""The same arithmetic in polars: whole numbers, one join by date for each kind of row and each scope of override."""

from pathlib import Path
from typing import TypeAlias

import polars as pl
from told import Reckoned, told

Tables: TypeAlias = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]

DIMENSIONS = ("person_id", "company_id", "unit_id", "region", "role")
DOCUMENT = ("customer_id", "entity", "currency", "treatment", "purchase_order", "week")
SCOPES = {"contract": "contract_id", "customer": "customer_id", "unscoped": None}


def read(folder: Path) -> Tables:
    entries = _table(folder / "entries.csv").with_columns(
        pl.col("week").cast(pl.Int32), _date("worked_on"), _whole("hours", 2)
    )
    lines = _table(folder / "lines.csv").with_columns(pl.col("digits").cast(pl.Int64), _whole("percent", 2))
    rows = _table(folder / "rows.csv").with_columns(_date("starts_on"), _date("ends_before"), _whole("rate", 4))
    overrides = _table(folder / "overrides.csv").with_columns(
        _date("starts_on"), _date("ends_before"), _whole("rate", 4)
    )
    return entries, lines, rows, overrides


def reckon(tables: Tables) -> Reckoned:
    entries, lines, rows, overrides = tables
    by_hour = lines.filter(pl.col("method") == "time_and_materials")
    work = entries.filter(pl.col("hours") > 0).join(by_hour, on="line_id").sort("worked_on")
    work = _with_rows(work, rows)
    work = _with_overrides(work, overrides)
    priced = work.filter(pl.col("rate").is_not_null())
    # hours are hundredths, rates ten-thousandths: a product has six digits, of which `digits` are kept, halves up
    unit = pl.col("digits").replace_strict({0: 1_000_000, 2: 10_000, 3: 1_000}, return_dtype=pl.Int64)
    product = pl.col("hours") * pl.col("rate")
    groups = (
        priced.with_columns(((product + unit // 2) // unit).alias("net"))
        .group_by(*DOCUMENT, "category", "percent")
        .agg(pl.col("net").sum())
        .with_columns(((pl.col("net") * pl.col("percent") + 5_000) // 10_000).alias("tax"))
    )
    documents = groups.group_by(*DOCUMENT).agg(pl.col("net").sum(), pl.col("tax").sum())
    named = documents.select(
        pl.concat_str(list(DOCUMENT), separator="|").alias("name"),
        "net",
        "tax",
        (pl.col("net") + pl.col("tax")).alias("gross"),
    )
    return named.rows(), priced.height, work.height - priced.height


def _with_rows(work: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The row of each entry: of every kind of row, by what it leaves open, the nearest kind first."""
    open_in = pl.sum_horizontal(
        pl.col(name).is_null().cast(pl.Int32) * 2**place for place, name in enumerate(reversed(DIMENSIONS))
    )
    kinds = rows.with_columns(open_in.alias("kind"))
    found = []
    for kind in sorted(kinds["kind"].unique()):
        mine = kinds.filter(pl.col("kind") == kind).sort("starts_on")
        said = [name for name in DIMENSIONS if mine[name].null_count() == 0]
        found.append(_held(work, mine, ["card", *said], ["row_id", "rate"]))
    return work.with_columns(
        pl.coalesce([each["row_id"] for each in found]).alias("row_id"),
        pl.coalesce([each["rate"] for each in found]).alias("rate"),
    )


def _with_overrides(work: pl.DataFrame, overrides: pl.DataFrame) -> pl.DataFrame:
    found = []
    for scope, owner in SCOPES.items():
        mine = overrides.filter(pl.col("scope") == scope).sort("starts_on")
        keys = ["row_id"]
        if owner is not None:
            mine, keys = mine.drop(owner, strict=False).rename({"scope_id": owner}), ["row_id", owner]
        found.append(_held(work, mine, keys, ["rate"])["rate"])
    return work.with_columns(pl.coalesce([*found, work["rate"]]).alias("rate"))


def _held(work: pl.DataFrame, ranges: pl.DataFrame, keys: list[str], wanted: list[str]) -> pl.DataFrame:
    """Of each entry what holds on its day, or nothing; the order of entries is kept."""
    ranges = ranges.select(*keys, "starts_on", "ends_before", *(pl.col(each).alias(f"{each}_") for each in wanted))
    joined = work.select({*keys, "worked_on"}).join_asof(
        ranges, left_on="worked_on", right_on="starts_on", by=keys, strategy="backward", check_sortedness=False
    )
    holds = pl.col("worked_on") < pl.col("ends_before")
    return joined.select(pl.when(holds).then(pl.col(f"{each}_")).alias(each) for each in wanted)


def _table(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False)


def _date(name: str) -> pl.Expr:
    return pl.col(name).str.to_date()


def _whole(name: str, digits: int) -> pl.Expr:
    return (pl.col(name).cast(pl.Decimal(18, digits)) * 10**digits).cast(pl.Int64).alias(name)


if __name__ == "__main__":
    told(read, reckon, pl.__version__)
