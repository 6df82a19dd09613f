"""The account behind the API: takes writes by the vendor's rules, and never dedupes."""

from __future__ import annotations

from system_apis.kantata.simulator import effects
from system_apis.kantata.simulator.collection import REFERENCE, Collection
from system_apis.kantata.simulator.events import tell
from system_apis.kantata.simulator.refused import invalid, malformed, not_found
from system_apis.kantata.simulator.rows import Row, Rows
from system_apis.kantata.simulator.spec import COLLECTIONS, SUBJECTS
from system_apis.kantata.simulator.values import accepted, demanded, stored


class State(Rows):
    """Everything one account holds, and how it may change."""

    def create(self, collection: Collection, sent: Row) -> Row:
        """A new row; sent twice it is two rows."""
        if "create" not in collection.verbs:
            raise not_found()
        row = accepted(collection, sent, when="c")
        if collection.name == "workspaces" and not row.get("creator_role"):
            raise invalid("Creator role is not included in the list", field="creator_role")
        demanded(collection, row)
        self._lead_somewhere(collection, row)
        reference = self._reference(sent.get(REFERENCE)) if collection.refers else None
        effects.before_create(self, collection.name, row)
        made = self.insert(collection.name, row)
        if reference:
            self._link(reference, subject=collection.subject, subject_id=made["id"])
        effects.after_create(self, collection.name, made)
        tell(self, collection.name, made, "created")
        return made

    def update(self, collection: Collection, row_id: str, sent: Row) -> Row:
        """The row with the taken attributes changed; a hidden row may be updated too."""
        row = self.get(collection.name, row_id)
        if row is None or "update" not in collection.verbs:
            raise not_found()
        change = accepted(collection, sent, when="u")
        after = row | change
        demanded(collection, after)
        self._lead_somewhere(collection, change)
        reference = self._reference(sent.get(REFERENCE)) if collection.refers else None
        effects.before_update(self, collection.name, row, change)
        before = dict(row)
        row.update(change, updated_at=self.stamp())
        if reference:
            self._link(reference, subject=collection.subject, subject_id=row_id)
        effects.after_update(self, collection.name, row)
        tell(self, collection.name, row, "updated", before=before)
        return row

    def delete(self, collection: Collection, row_id: str) -> None:
        """Gone for good, with what hangs on it."""
        row = self.get(collection.name, row_id)
        if row is None or "delete" not in collection.verbs:
            raise not_found()
        effects.before_delete(self, collection.name, row)
        self.drop(collection.name, row_id)
        tell(self, collection.name, row, "deleted", before=dict(row))

    def create_or_update(self, sent: Row) -> Row:
        """The one upsert the API has: by service, model, ref and subject."""
        collection = COLLECTIONS["external_references"]
        wanted = {name: stored(name, sent[name]) for name in collection.takes if name in sent}
        demanded(collection, wanted)
        subject = SUBJECTS.get(wanted["subject_type"])
        if subject is None or self.get(subject.name, wanted["subject_id"]) is None:
            raise invalid("Subject must exist", field="subject_id")
        same = self.where("external_references", **{name: wanted[name] for name in collection.must})
        if not same:
            return self.insert(collection.name, {"locked": False, **wanted})
        same[0].update(wanted, updated_at=self.stamp())
        return same[0]

    def _reference(self, sent: object) -> Row | None:
        if sent is None:
            return None
        if not isinstance(sent, dict):
            raise malformed("external_reference must be an object")
        for name in ("service_model_ref", "service_model", "service_name"):
            if not sent.get(name):
                raise invalid(f"External reference {name} can't be blank", field="external_reference")
        return {name: sent[name] for name in COLLECTIONS["external_references"].takes if name in sent}

    def _link(self, reference: Row, *, subject: str, subject_id: str) -> None:
        linked = {"locked": False, **reference, "subject_type": subject, "subject_id": subject_id}
        self.insert("external_references", linked)

    def _lead_somewhere(self, collection: Collection, row: Row) -> None:
        led = [(attribute, target) for target, attribute in collection.one.values()] + [*collection.keys.items()]
        for attribute, target in led:
            wanted = row.get(attribute)
            if wanted is not None and self.get(target, wanted) is None:
                raise invalid(f"{attribute.removesuffix('_id').capitalize()} must exist", field=attribute)
