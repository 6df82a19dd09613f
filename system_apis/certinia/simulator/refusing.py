"""How the package refuses: a trigger's own words, a limit of the platform under it, a row that somebody else holds.

The texts are ours, for the package's are not published; the codes are those that its triggers are known to give.
"""

from typing import Final

from kit.sandbox.force import Refusal

APEX_CPU: Final = "pse.TriggerHandler: System.LimitException: Apex CPU time limit exceeded"


def invalid(message: str, *fields: str) -> Refusal:
    """A validation of the package or of the org."""
    return Refusal(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message, fields=fields)


def thrown(message: str) -> Refusal:
    """A trigger that threw."""
    return Refusal(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message, fields=())


def row_locked() -> Refusal:
    """The roll-ups of one project are written by one transaction at a time."""
    message = "unable to obtain exclusive access to this record or 1 records: pse__Proj__c"
    return Refusal(400, "UNABLE_TO_LOCK_ROW", message, fields=())


def in_approval() -> Refusal:
    """A record that waits for an approval is closed to everybody else."""
    return Refusal(400, "ENTITY_IS_LOCKED", "the entity is locked for editing", fields=())


def undeletable(message: str) -> Refusal:
    """Something stands on the record."""
    return Refusal(400, "DELETE_FAILED", message, fields=())
