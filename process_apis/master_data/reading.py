"""What systems hold by their own contracts: a customer in the CRM, a legal entity in the ERP.

The systems are asked in the name of this process and with reading scopes only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from contracts.canonical.master import CrossReferences, Kind, Snapshot
from contracts.problem import Kind as Sort
from contracts.problem import Problem
from contracts.system.crm import Crm
from contracts.system.erp import Erp
from kit.caller import Caller, calling, current_caller
from kit.clock import Clock
from process_apis.master_data.matrix import Matrix
from process_apis.master_data.values import flat

_READS: Final = frozenset({"crm:read", "erp:read"})


class Readings:
    """Asks the systems whose contracts can tell."""

    def __init__(self, *, crm: Crm, crm_name: str, erp: Erp, erp_name: str, clock: Clock, matrix: Matrix) -> None:
        self._crm = crm
        self._crm_name = crm_name
        self._erp = erp
        self._erp_name = erp_name
        self._clock = clock
        self._matrix = matrix

    async def of(self, noun: Kind, our_id: str, references: CrossReferences) -> list[Snapshot]:
        """What can be read of a thing; nothing where no contract tells or the thing has no name there."""
        if noun is Kind.CUSTOMER:
            named = [each.external_id for each in references.items if each.connection == self._crm_name]
            return [snapshot for name in named for snapshot in await self._customer(name)]
        if noun is Kind.LEGAL_ENTITY:
            return await self._legal_entity(our_id)
        return []

    async def _customer(self, external_id: str) -> list[Snapshot]:
        try:
            with _in_own_name():
                chain = (await self._crm.hierarchy(account_id=external_id)).customers
        except Problem as problem:
            if problem.kind is Sort.NOT_FOUND:
                return []
            raise
        fields = flat(self._matrix, Kind.CUSTOMER, chain[-1]) if chain else {}
        fields.pop("customer_id", None)  # a system does not own our ids
        return [Snapshot(connection=self._crm_name, taken_at=self._clock.now(), fields=fields)]

    async def _legal_entity(self, our_id: str) -> list[Snapshot]:
        with _in_own_name():
            entities = (await self._erp.legal_entities()).items
        found = [each for each in entities if each.legal_entity_id == our_id]
        now = self._clock.now()
        return [
            Snapshot(connection=self._erp_name, taken_at=now, fields=flat(self._matrix, Kind.LEGAL_ENTITY, each))
            for each in found
        ]


@contextmanager
def _in_own_name() -> Iterator[None]:
    caller = current_caller()
    own = Caller(
        subject="process:master_data", scopes=_READS, tenant=caller.tenant, actor=(caller.subject, *caller.actor)
    )
    with calling(own):
        yield
