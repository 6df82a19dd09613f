"""From an address to what is done: documents are made at one place and found, committed and voided at their company."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from . import actions, listing
from .books import Books
from .errors import Refusal
from .models import RECORDED, read
from .shaping import Document, shown

_DISGUISES: Final = {"_-ava2f-_": "/", "_-ava2b-_": "+", "_-ava3f-_": "?", "_-ava25-_": "%", "_-ava23-_": "#"}
_DEFAULT: Final = "Summary,Addresses"
Action = Callable[[Books, Document, dict[str, Any]], Document]
_ACTIONS: Final[dict[str, tuple[int, Action]]] = {
    "commit": (200, actions.commit),
    "uncommit": (200, actions.uncommit),
    "void": (200, actions.void),
    "verify": (200, actions.verify),
    "settle": (200, actions.settle),
    "adjust": (200, actions.adjust),
    "refund": (201, actions.refund),
}


class Transactions:
    """The account's documents over HTTP."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.page_most = 1_000

    def answer(self, method: str, parts: list[str], query: Mapping[str, str], sent: Any) -> tuple[int, Any]:
        """The status and the body. Raises the vendor's refusal."""
        include = {each.strip().lower() for each in query.get("$include", _DEFAULT).split(",")}
        if "forcetimeout" in include:
            raise Refusal(408, "TimeoutRequested", "You requested a timeout.", target="Unknown")
        match [method, *parts]:
            case ["POST", "transactions", "create"]:
                model = read(sent, company=self._books.default_company)
                return 201, shown(self._books.create(model), include)
            case ["POST", "transactions", "createoradjust"]:
                return 201, shown(self._books.create_or_adjust(self._adjusting(sent)), include)
            case ["GET", "transactions", number] if number.isdigit():
                return 200, shown(self._books.by_id(int(number)), include)
            case ["GET", "companies"]:
                return 200, listing.companies(self._books, query, most=self.page_most, url="/api/v2/companies")
            case ["GET", "companies", number, "nexus"]:
                url = f"/api/v2/companies/{number}/nexus"
                return 200, listing.nexus(self._books, number, query, most=self.page_most, url=url)
            case ["GET", "companies", company, "transactions", code]:
                return 200, shown(self._found(company, code, query.get("documentType", "")), include)
            case ["GET", "companies", company, "transactions", code, "types", kind]:
                return 200, shown(self._found(company, code, kind), include)
            case ["POST", "companies", company, "transactions", code, action] if action in _ACTIONS:
                status, act = _ACTIONS[action]
                document = self._found(company, code, query.get("documentType", ""))
                return status, shown(act(self._books, document, sent or {}), include)
        raise Refusal(404, "IncorrectPathError", "There is nothing here.")

    def _adjusting(self, sent: Any) -> Any:
        if not isinstance(sent, dict):
            raise Refusal(400, "ModelRequiredException", "An object is required.")
        return read(sent.get("createTransactionModel"), company=self._books.default_company)

    def _found(self, company: str, code: str, kind: str) -> Document:
        wanted = kind or "SalesInvoice"
        if wanted not in RECORDED:
            raise Refusal(400, "InvalidEnumValue", "The document type is not known.", refers_to="documentType")
        return self._books.current(_plain(company), _plain(code), wanted)


def _plain(code: str) -> str:
    for disguise, plain in _DISGUISES.items():
        code = code.replace(disguise, plain)
    return code
