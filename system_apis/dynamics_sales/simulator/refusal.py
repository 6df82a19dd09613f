"""How the environment says no: a status, a code in hexadecimal and a sentence.

Codes that the papers do not name for a case are "0x0", as the vendor itself answers most faults of a query.
"""

from collections.abc import Mapping
from typing import Any

TYPE = "Microsoft.Dynamics.CRM"


class Refusal(Exception):
    """A request that is answered with the vendor's error object."""

    def __init__(self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})

    def body(self, *, annotated: bool = False) -> dict[str, Any]:
        """The error object; with annotations asked for, the vendor adds where to read on."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if annotated:
            error["@Microsoft.PowerApps.CDS.ErrorDetails.ApiExceptionSourceKey"] = "Plugin/Microsoft.Crm.ObjectModel"
            error["@Microsoft.PowerApps.CDS.HelpLink"] = f"http://go.microsoft.com/fwlink/?LinkID=398563&error={TYPE}"
            error["@Microsoft.PowerApps.CDS.InnerError.Message"] = self.message
        return {"error": error}


def no_segment(name: str) -> Refusal:
    """Nothing stands at this address."""
    return Refusal(404, "0x8006088a", f"Resource not found for the segment '{name}'.")


def no_property(name: str, table: str) -> Refusal:
    """A query names a column that the table does not have."""
    return Refusal(400, "0x0", f"Could not find a property named '{name}' on type '{TYPE}.{table}'.")


def bad_query(message: str) -> Refusal:
    """A query that cannot be understood."""
    return Refusal(400, "0x0", message)


def bad_payload(table: str, reason: str) -> Refusal:
    """A body that does not fit its table."""
    message = f"Error identified in Payload provided by the user for Entity :'{table}', ----> {reason}"
    return Refusal(400, "0x80048d19", message)


def missing(table: str, row_id: str) -> Refusal:
    """No row has this id."""
    return Refusal(404, "0x80040217", f"{table} With Id = {row_id} Does Not Exist")


def missing_by_key(table: str) -> Refusal:
    """No row has these key values."""
    message = f"A record with the specified key values does not exist in {table} entity"
    return Refusal(404, "0x80060891", message)


def no_key(table: str) -> Refusal:
    """These columns are no alternate key, or the key's index is not active."""
    return Refusal(400, "0x80060890", f"The specified key attributes are not a defined key for the {table} entity")


def version_moved() -> Refusal:
    """Somebody changed the row since it was read."""
    message = "The version of the existing record doesn't match the RowVersion property provided."
    return Refusal(412, "0x80060882", message)


def exists() -> Refusal:
    """A create-only write met a row."""
    return Refusal(412, "0x80040237", "A record with matching key values already exists.")


def not_allowed(method: str) -> Refusal:
    """The address is there, the method is not."""
    return Refusal(405, "0x0", f"The requested resource does not support http method '{method}'.")
