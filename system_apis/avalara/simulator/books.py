"""The account's books: companies, where they are registered, and documents with every version of them."""

import datetime as dt
import uuid
from typing import Any, Final

from kit.sandbox import Sandbox

from .errors import doc_status, locked, not_found
from .models import ESTIMATES, Model
from .shaping import Document, document_of, untied

FINAL: Final = frozenset({"Committed", "Cancelled"})
Key = tuple[str, str, str]


class Books:
    """Everything that a call may touch."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """An account without companies."""
        self.companies: dict[str, dict[str, Any]] = {}
        self.default_company = ""
        self._versions: dict[Key, list[Document]] = {}
        self._filed: list[tuple[str, dt.date]] = []
        self._last = 0

    def seed(self, given: dict[str, Any]) -> None:
        """Load `companies` with their `nexus`; `filed`: up to which day what is committed is locked."""
        for company in given.get("companies", ()):
            self.companies[company["companyCode"]] = company
            self.default_company = self.default_company or company["companyCode"]
        for each in given.get("filed", ()):
            self._filed.append((each["company"], dt.date.fromisoformat(each["through"])))
        self._lock()

    def company(self, code: str) -> dict[str, Any]:
        """A company by its code; raises the vendor's 404."""
        if code not in self.companies:
            raise not_found("Company", code)
        return self.companies[code]

    def current(self, company: str, code: str, kind: str) -> Document:
        """The document that stands under a code; raises the vendor's 404."""
        self.company(company)
        versions = self._versions.get((company, code, kind))
        if not versions:
            raise not_found("Document", f"{company}:{code}")
        return versions[-1]

    def by_id(self, number: int) -> Document:
        """A document by its number, as long as no later version has replaced it."""
        found = (versions[-1] for versions in self._versions.values() if versions[-1]["id"] == number)
        document = next(found, None)
        if document is None:
            raise not_found("Document", str(number))
        return document

    def create(self, model: Model) -> Document:
        """Compute a document, and keep it where its type is one that is kept; one that is not final is replaced."""
        made = self._computed(model)
        if model.type in ESTIMATES:
            return made
        key = (model.company, made["code"], model.type)
        before = self._versions.get(key, [])
        if before:
            changeable(before[-1])
            if before[-1]["status"] in FINAL:
                raise doc_status()
        return self._keep(key, [], {**made, "id": before[-1]["id"] if before else self._number()}, commit=model.commit)

    def create_or_adjust(self, model: Model) -> Document:
        """As `create`; a committed document is replaced by a further version, and stays committed."""
        key = (model.company, model.code, model.type)
        before = self._versions.get(key, [])
        if model.type in ESTIMATES or not before or before[-1]["status"] != "Committed":
            return self.create(model)
        changeable(before[-1])
        made = {**self._computed(model), "id": self._number(), "version": before[-1]["version"] + 1}
        before[-1]["status"] = "Adjusted"
        return self._keep(key, before, made, commit=True)

    def add(self, document: Document) -> Document:
        """Keep a document that was computed elsewhere, such as a refund."""
        key = (document["companyCode"], document["code"], document["type"])
        return self._keep(key, [], {**document, "id": self._number()}, commit=True)

    def stands(self, company: str, code: str, kind: str) -> bool:
        """Whether there is a document under a code."""
        return (company, code, kind) in self._versions

    def dump(self) -> dict[str, Any]:
        """Every version of every document, and what of them does not tie."""
        documents = [each for versions in self._versions.values() for each in versions]
        return {"documents": documents, "untied": [fault for each in documents for fault in untied(each)]}

    def _computed(self, model: Model) -> Document:
        nexus = self.company(model.company).get("nexus", ())
        made = document_of(model, nexus=nexus)
        return {**made, "code": made["code"] or str(uuid.UUID(int=self._sandbox.random.getrandbits(128)))}

    def _keep(self, key: Key, before: list[Document], made: Document, *, commit: bool) -> Document:
        made["status"] = "Committed" if commit else "Saved"
        self._versions[key] = [*before, made]
        return made

    def _number(self) -> int:
        self._last += 1
        return 800_000_000 + self._last

    def _lock(self) -> None:
        for (company, _, _), versions in self._versions.items():
            newest = versions[-1]
            reported = any(company == code and newest["date"] <= day.isoformat() for code, day in self._filed)
            newest["locked"] = newest["locked"] or (reported and newest["status"] == "Committed")


def changeable(document: Document) -> None:
    """Raise the vendor's refusal for a document that was reported."""
    if document["locked"]:
        raise locked()
