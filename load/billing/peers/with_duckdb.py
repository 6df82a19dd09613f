"""The same arithmetic in DuckDB: its own decimals, a range join, the nearest row by its rank."""

from pathlib import Path

import duckdb
from told import Reckoned, told

TABLES = """
create table entry as select * from read_csv('{folder}/entries.csv', header = true, columns = {{
  'entry_id': 'varchar', 'week': 'int', 'line_id': 'varchar', 'person_id': 'varchar', 'company_id': 'varchar',
  'unit_id': 'varchar', 'role': 'varchar', 'worked_on': 'date', 'hours': 'decimal(9, 2)'}});
create table line as select * from read_csv('{folder}/lines.csv', header = true, columns = {{
  'line_id': 'varchar', 'method': 'varchar', 'card': 'varchar', 'contract_id': 'varchar', 'customer_id': 'varchar',
  'entity': 'varchar', 'currency': 'varchar', 'digits': 'int', 'region': 'varchar', 'category': 'varchar',
  'percent': 'decimal(5, 2)', 'treatment': 'varchar', 'po': 'varchar'}});
create table rate_row as select * from read_csv('{folder}/rows.csv', header = true, columns = {{
  'row_id': 'varchar', 'card': 'varchar', 'person_id': 'varchar', 'company_id': 'varchar', 'unit_id': 'varchar',
  'region': 'varchar', 'role': 'varchar', 'rate': 'decimal(12, 4)', 'starts_on': 'date', 'ends_before': 'date'}});
create table override as select * from read_csv('{folder}/overrides.csv', header = true, columns = {{
  'row_id': 'varchar', 'scope': 'varchar', 'scope_id': 'varchar', 'rate': 'decimal(12, 4)', 'starts_on': 'date',
  'ends_before': 'date'}});
"""
PRICED = """
create temp table priced as
select any_value(e.week) as week, any_value(e.line_id) as line_id, any_value(e.hours) as hours,
       arg_min(coalesce(o.rate, r.rate),
         (if(r.person_id is null, 16, 0) + if(r.company_id is null, 8, 0) + if(r.unit_id is null, 4, 0)
          + if(r.region is null, 2, 0) + if(r.role is null, 1, 0)) * 4
         + case o.scope when 'contract' then 0 when 'customer' then 1 when 'unscoped' then 2 else 3 end) as rate
from entry e
join line l on l.line_id = e.line_id and l.method = 'time_and_materials'
left join rate_row r on r.card = l.card and r.starts_on <= e.worked_on and e.worked_on < r.ends_before
 and (r.person_id is null or r.person_id = e.person_id) and (r.company_id is null or r.company_id = e.company_id)
 and (r.unit_id is null or r.unit_id = e.unit_id) and (r.region is null or r.region = l.region)
 and (r.role is null or r.role = e.role)
left join override o on o.row_id = r.row_id and o.starts_on <= e.worked_on and e.worked_on < o.ends_before
 and (o.scope_id is null or o.scope_id = l.contract_id or o.scope_id = l.customer_id)
where e.hours > 0
group by e.entry_id
"""
TOTALS = """
with net as (
  select p.week, l.*,
         round(p.hours * p.rate * case l.digits when 0 then 1 when 2 then 100 else 1000 end, 0)::bigint as net
  from priced p join line l on l.line_id = p.line_id where p.rate is not null),
taxed as (
  select customer_id, entity, currency, treatment, po, week, sum(net)::bigint as base,
         round(sum(net)::decimal(18, 0) * percent * 0.01, 0)::bigint as tax
  from net group by customer_id, entity, currency, treatment, po, week, category, percent)
select concat_ws('|', customer_id, entity, currency, treatment, po, week),
       sum(base)::bigint, sum(tax)::bigint, (sum(base) + sum(tax))::bigint
from taxed group by 1
"""


def read(folder: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(TABLES.format(folder=folder))
    return connection


def reckon(connection: duckdb.DuckDBPyConnection) -> Reckoned:
    connection.execute(PRICED)
    lines, unpriced = connection.execute("select count(rate), count(*) - count(rate) from priced").fetchone()
    return connection.execute(TOTALS).fetchall(), lines, unpriced


if __name__ == "__main__":
    told(read, reckon, duckdb.__version__)
