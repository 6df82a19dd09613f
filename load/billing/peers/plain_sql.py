"""The same arithmetic in plain SQL, on SQLite in memory: whole numbers, a range join, the nearest row by its rank."""

import csv
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from told import Reckoned, told

SCHEMA = """
create table entry (entry_id text, week int, line_id text, person_id text, company_id text, unit_id text, role text,
                    worked_on text, hours int);
create table line (line_id text primary key, method text, card text, contract_id text, customer_id text, entity text,
                   currency text, digits int, region text, category text, percent int, treatment text, po text);
create table rate_row (row_id text, card text, person_id text, company_id text, unit_id text, region text, role text,
                  rate int, starts_on text, ends_before text);
create table override (row_id text, scope int, scope_id text, rate int, starts_on text, ends_before text);
"""
INDICES = """
create index ix_row on rate_row (card, starts_on);
create index ix_override on override (row_id);
"""
# hours are hundredths, rates ten-thousandths: a product has six digits, of which `digits` are kept, halves up
PRICED = """
create temp table priced as
select week, line_id, hours, rate from (
  select e.entry_id, e.week, e.line_id, e.hours, coalesce(o.rate, r.rate) as rate,
         min(((r.person_id = '') * 16 + (r.company_id = '') * 8 + (r.unit_id = '') * 4 + (r.region = '') * 2
              + (r.role = '')) * 4 + coalesce(o.scope, 3)) as nearest
  from entry e
  join line l on l.line_id = e.line_id and l.method = 'time_and_materials'
  left join rate_row r on r.card = l.card and r.starts_on <= e.worked_on and e.worked_on < r.ends_before
   and r.person_id in ('', e.person_id) and r.company_id in ('', e.company_id) and r.unit_id in ('', e.unit_id)
   and r.region in ('', l.region) and r.role in ('', e.role)
  left join override o on o.row_id = r.row_id and o.starts_on <= e.worked_on and e.worked_on < o.ends_before
   and (o.scope_id = '' or o.scope_id in (l.contract_id, l.customer_id))
  where e.hours > 0
  group by e.entry_id)
"""
TOTALS = """
with net as (
  select p.week, l.*, case l.digits when 0 then (p.hours * p.rate + 500000) / 1000000
                                    when 2 then (p.hours * p.rate + 5000) / 10000
                                    else (p.hours * p.rate + 500) / 1000 end as net
  from priced p join line l on l.line_id = p.line_id where p.rate is not null),
taxed as (
  select customer_id, entity, currency, treatment, po, week, sum(net) as base,
         (sum(net) * percent + 5000) / 10000 as tax
  from net group by customer_id, entity, currency, treatment, po, week, category, percent)
select customer_id || '|' || entity || '|' || currency || '|' || treatment || '|' || po || '|' || week,
       sum(base), sum(tax), sum(base) + sum(tax)
from taxed group by 1
"""
SCOPES = {"contract": 0, "customer": 1, "unscoped": 2}


def read(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    for table, name, shapes in (
        ("entry", "entries", {8: _in(100)}),
        ("line", "lines", {10: _in(100)}),
        ("rate_row", "rows", {7: _in(10_000)}),
        ("override", "overrides", {1: SCOPES.get, 3: _in(10_000)}),
    ):
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            marks = ", ".join("?" * len(next(rows)))
            shaped = ([shapes[n](each) if n in shapes else each for n, each in enumerate(row)] for row in rows)
            connection.executemany(f"insert into {table} values ({marks})", shaped)  # noqa: S608 - our own names
    connection.executescript(INDICES)
    return connection


def reckon(connection: sqlite3.Connection) -> Reckoned:
    connection.execute(PRICED)
    [(lines, unpriced)] = connection.execute("select count(rate), count(*) - count(rate) from priced").fetchall()
    return connection.execute(TOTALS).fetchall(), lines, unpriced


def _in(parts: int) -> Callable[[str], int]:
    return lambda text: int(Decimal(text) * parts)


if __name__ == "__main__":
    told(read, reckon, sqlite3.sqlite_version)
