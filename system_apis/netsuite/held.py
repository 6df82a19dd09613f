"""Lists what customers of ours were billed, in the order of NetSuite's ids: under our keys, and others beside them.

A document is ours when its external id is the key in our custom field: a copy made at the screen takes the field along,
and not the external id, so it is told as somebody else's. One made from a sales order of ours names the order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.canonical.held import HeldDocument, HeldDocuments
from system_apis.netsuite.client import NetSuite
from system_apis.netsuite.document_mapping import booked
from system_apis.netsuite.mapping import refused

HELD: Final = (
    "SELECT t.id, t.externalid, t.custbody_sluice_document_id AS ourkey, t.recordtype, t.tranid, t.posting, t.voided, "
    "c.symbol AS currency, cu.externalid AS customer, j.externalid AS project, "
    "TO_CHAR(t.trandate, 'YYYY-MM-DD') AS trandate, t.foreignamountunpaid AS unpaid, "
    "t.foreignpaymentamountunused AS unused, MAX(o.externalid) AS schedule, "
    "SUM(CASE WHEN l.mainline = 'T' THEN l.foreignamount ELSE 0 END) AS gross, "
    "SUM(CASE WHEN l.mainline = 'F' AND l.taxline = 'F' THEN l.foreignamount ELSE 0 END) AS net, "
    "SUM(CASE WHEN l.taxline = 'T' THEN l.foreignamount ELSE 0 END) AS tax, "
    "SUM(CASE WHEN l.mainline = 'F' AND l.taxline = 'F' THEN 1 ELSE 0 END) AS lines "
    "FROM transaction t JOIN transactionline l ON l.transaction = t.id JOIN currency c ON c.id = t.currency "
    "JOIN customer cu ON cu.id = t.entity LEFT JOIN job j ON j.id = t.job "
    "LEFT JOIN transaction o ON o.id = l.createdfrom AND o.recordtype = 'salesorder' "
    "WHERE t.recordtype IN ('invoice', 'creditmemo') AND cu.externalid IS NOT NULL AND t.id > {floor} "
    "GROUP BY t.id, t.externalid, t.custbody_sluice_document_id, t.recordtype, t.tranid, t.posting, t.voided, "
    "c.symbol, cu.externalid, j.externalid, t.trandate, t.foreignamountunpaid, t.foreignpaymentamountunused "
    "ORDER BY t.id FETCH FIRST {count} ROWS ONLY"
)
_MOST: Final = 1000


class HeldList:
    """The documents of one account, ours and others."""

    def __init__(self, client: NetSuite) -> None:
        self._client = client

    async def page(self, cursor: str, limit: int) -> HeldDocuments:
        """The documents after the last one of the page before.

        Raises:
            Problem: `invalid`, when the limit or the cursor is none.

        """
        if not 1 <= limit <= _MOST:
            raise refused("limit_invalid", "limit", f"the limit is 1 to {_MOST}")
        if cursor and not (cursor.isascii() and cursor.isdigit()):
            raise refused("cursor_invalid", "cursor", "not a cursor of this list")
        query = HELD.format(floor=int(cursor or 0), count=limit)
        rows = [row async for row in self._client.rows(query)]
        last = rows[-1]["id"] if len(rows) == limit else ""
        return HeldDocuments(items=[_held(row) for row in rows], cursor=last)


def _held(row: Mapping[str, str]) -> HeldDocument:
    key = row.get("externalid", "")
    ours = key if key and key == row.get("ourkey", "") else ""
    return HeldDocument(
        document=booked({**row, "externalid": ours}),
        customer_id=row["customer"],
        project_id=row.get("project", ""),
        schedule_id=row.get("schedule", ""),
    )
