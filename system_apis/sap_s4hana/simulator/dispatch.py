"""One request to one service: reads, writes under entity tags, functions and actions, and batches of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec

from system_apis.sap_s4hana.simulator import (
    batch,
    billing,
    billing_catalogue,
    parties,
    projects,
    sales,
    sales_catalogue,
)
from system_apis.sap_s4hana.simulator.address import Place, key_of, segments, set_of
from system_apis.sap_s4hana.simulator.metadata import document
from system_apis.sap_s4hana.simulator.reading import Shower, linked_rows
from system_apis.sap_s4hana.simulator.refusal import Refusal, absent, malformed
from system_apis.sap_s4hana.simulator.schema import EntitySet, Service
from system_apis.sap_s4hana.simulator.state import Row, Tenant
from system_apis.sap_s4hana.simulator.writing import Rules, Writer, row_at

SERVICES: Final[dict[str, Service]] = {
    service.path: service
    for service in (
        parties.SERVICE,
        projects.SERVICE,
        *sales_catalogue.SERVICES,
        *billing_catalogue.SERVICES,
    )
}
RULES: Final[dict[str, Rules]] = {**parties.RULES, **projects.RULES, **sales.RULES}
JSON: Final = "application/json"
_SELF: Final = "SAP__self."


@dataclass(frozen=True)
class Ask:
    """A request after its address was decoded; `tail` is what follows the root of its service."""

    method: str
    tail: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    root: str


@dataclass(frozen=True)
class Answer:
    """What is told: a status, a body, headers."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    media: str = JSON


@dataclass(frozen=True)
class Desk:
    """Serves one service of a tenant."""

    tenant: Tenant
    service: Service

    def serve(self, ask: Ask) -> Answer:
        """Answer one request.

        Raises:
            Refusal: the tenant says no; nothing of the request stands.

        """
        places = segments(ask.tail)
        if not places:
            return self._root(ask)
        if places[0].name == "$metadata":
            return Answer(200, document(self.service).encode(), media="application/xml")
        with self.tenant.unit_of_work():
            return self._placed(ask, places)

    def several(self, ask: Ask, *, mark: str) -> Answer:
        """Answer a batch: every changeset is one commit, and one that fails leaves the others alone."""
        answers: list[list[batch.Told] | batch.Told] = []
        for part in batch.opened(ask.headers.get("content-type", ""), ask.body):
            if isinstance(part, list):
                answers.append(self._changeset(ask, part))
            else:
                answers.append(self._told(ask, part))
        media = f"multipart/mixed; boundary={mark}"
        return Answer(202, batch.closed(answers, mark=mark), media=media)

    def _changeset(self, ask: Ask, inners: Sequence[batch.Inner]) -> list[batch.Told] | batch.Told:
        try:
            with self.tenant.unit_of_work():
                return [self._inner(ask, inner) for inner in inners]
        except Refusal as refusal:
            return self._refused(refusal)

    def _told(self, ask: Ask, inner: batch.Inner) -> batch.Told:
        try:
            return self._inner(ask, inner)
        except Refusal as refusal:
            return self._refused(refusal)

    def _inner(self, ask: Ask, inner: batch.Inner) -> batch.Told:
        path, _, query = inner.path.partition("?")
        tail = unquote(path).removeprefix(self.service.path)
        told = self.serve(Ask(inner.method, tail, dict(parse_qsl(query)), inner.headers, inner.body, ask.root))
        return batch.Told(told.status, {"Content-Type": told.media, **told.headers}, told.body)

    def _refused(self, refusal: Refusal) -> batch.Told:
        moment = f"{self.tenant.world.now():%Y%m%d%H%M%S}"
        body = refusal.body(version=self.service.version, transaction=self.tenant.guid(), moment=moment)
        return batch.Told(refusal.status, {"Content-Type": JSON}, msgspec.json.encode(body))

    def _root(self, ask: Ask) -> Answer:
        if ask.method not in {"GET", "HEAD"}:
            raise Refusal(405, "/IWFND/CM_MGW/405", "Method not allowed")
        names = list(self.service.sets)
        if self.service.version == 2:
            return Answer(200, msgspec.json.encode({"d": {"EntitySets": names}}))
        value = [{"name": name, "kind": "EntitySet", "url": name} for name in names]
        return Answer(200, msgspec.json.encode({"@odata.context": f"{ask.root}/$metadata", "value": value}))

    def _placed(self, ask: Ask, places: list[Place]) -> Answer:
        first, last = places[0], places[-1]
        if first.name in self.service.functions:
            return self._function(ask, first.name)
        entity = set_of(self.service, first.name)
        if last.name.startswith(_SELF):
            return self._action(ask, entity, places)
        if first.key is None:
            return self._whole(ask, entity, places[1:])
        row = row_at(self.tenant, entity, key_of(entity, first.key))
        if len(places) > 1:
            return self._linked(ask, entity, row, places[1:])
        return self._single(ask, entity, row)

    def _whole(self, ask: Ask, entity: EntitySet, rest: Sequence[Place]) -> Answer:
        rows = list(self.tenant.rows(entity.table))
        if rest and rest[0].name == "$count":
            return Answer(200, str(len(rows)).encode(), media="text/plain")
        if ask.method == "GET":
            page = self._shower(ask).page(entity, rows, ask.query, here=f"{ask.root}/{entity.name}")
            return Answer(200, _encoded(page))
        if ask.method != "POST":
            raise Refusal(405, "/IWFND/CM_MGW/405", "Method not allowed")
        return self._created(ask, entity, self._writer().create(entity, _decoded(ask.body)))

    def _linked(self, ask: Ask, entity: EntitySet, row: Row, rest: Sequence[Place]) -> Answer:
        name = rest[0].name
        if name not in entity.links or len(rest) > 1:
            raise absent(rest[-1].name)
        link = entity.links[name]
        target = self.service.sets[link.target]
        rows = linked_rows(self.tenant, self.service, row, name, entity)
        if ask.method == "POST":
            fixed = {there: row.values[here] for here, there in link.match}
            return self._created(ask, target, self._writer().create(target, _decoded(ask.body), fixed=fixed))
        if link.many:
            return Answer(200, _encoded(self._shower(ask).page(target, rows, ask.query, here=ask.root + ask.tail)))
        if not rows:
            raise absent(name)
        return self._single(ask, target, rows[0])

    def _single(self, ask: Ask, entity: EntitySet, row: Row) -> Answer:
        if ask.method in {"GET", "HEAD"}:
            return self._shown(ask, entity, row, status=200)
        self._check_tag(ask, row)
        if ask.method == "DELETE":
            self._writer().remove(entity, row)
            return Answer(204)
        if ask.method not in {"PATCH", "MERGE"}:
            raise Refusal(405, "/IWFND/CM_MGW/405", "Method not allowed")
        self._writer().change(entity, row, _decoded(ask.body))
        return Answer(204, headers={"etag": self._shower(ask).etag(row)})

    def _check_tag(self, ask: Ask, row: Row) -> None:
        wanted = ask.headers.get("if-match")
        if wanted is None:
            raise Refusal(428, "/IWBEP/CM_MGW_RT/035", "Precondition required: send the entity tag in If-Match")
        if wanted not in {"*", self._shower(ask).etag(row)}:
            raise Refusal(412, "/IWBEP/CM_MGW_RT/034", "Precondition failed: the entity was changed meanwhile")

    def _created(self, ask: Ask, entity: EntitySet, row: Row) -> Answer:
        told = self._shown(ask, entity, row, status=201)
        return Answer(201, told.body, {**told.headers, "location": self._shower(ask).uri(entity, row)})

    def _shown(self, ask: Ask, entity: EntitySet, row: Row, *, status: int) -> Answer:
        shower = self._shower(ask)
        plain = shower.one(entity, row, ask.query)
        body = {"d": plain} if self.service.version == 2 else plain
        return Answer(status, _encoded(body), {"etag": shower.etag(row)})

    def _function(self, ask: Ask, name: str) -> Answer:
        if ask.method != "POST":
            raise Refusal(405, "/IWFND/CM_MGW/405", "Method not allowed")
        given = {key: _argument(value) for key, value in ask.query.items() if not key.startswith("$")}
        if name == projects.CHANGE_STATUS:
            row = projects.change_status(self.tenant, given)
        else:
            row = billing.cancel(self.tenant, str(given.get("BillingDocument", "")))
        entity = self.service.sets[self.service.functions[name].returns]
        return self._shown(replace(ask, query={}), entity, row, status=200)

    def _action(self, ask: Ask, entity: EntitySet, places: Sequence[Place]) -> Answer:
        name = places[-1].name.removeprefix(_SELF)
        if ask.method != "POST" or name not in self.service.functions or len(places) != 2:
            raise absent(places[-1].name)
        if places[0].key is None:
            rows = billing.create(self.tenant, _decoded(ask.body))
            shown = [self._shower(ask).one(entity, row, {}) for row in rows]
            return Answer(200, _encoded({"value": shown}))
        row = row_at(self.tenant, entity, key_of(entity, places[0].key))
        self._check_tag(ask, row)
        billing.post(self.tenant, row["BillingDocument"])
        return self._shown(ask, entity, row, status=200)

    def _shower(self, ask: Ask) -> Shower:
        exact = "IEEE754Compatible=true" in ask.headers.get("accept", "")
        return Shower(self.tenant, self.service, ask.root, exact=exact)

    def _writer(self) -> Writer:
        return Writer(self.tenant, self.service, RULES)


def _argument(text: str) -> str:
    """A parameter of a function as v2 writes it: text in quotes, a guid with its prefix."""
    return text.removeprefix("guid").strip("'")


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        told = msgspec.json.decode(body) if body else {}
    except msgspec.DecodeError:
        raise malformed("The body is not valid JSON") from None
    if not isinstance(told, dict):
        raise malformed("The body must be one object")
    return told.get("d", told) if set(told) == {"d"} else told


_encoded: Final = msgspec.json.Encoder(decimal_format="number").encode
