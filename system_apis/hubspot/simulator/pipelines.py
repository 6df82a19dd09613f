"""Pipelines of deals: their stages, which of them close a deal, and which of those win it."""

from dataclasses import dataclass
from typing import Any, Final

from .errors import Refusal

_STAGES: Final = (
    ("appointmentscheduled", "Appointment Scheduled", "false", "0.2"),
    ("contractsent", "Contract Sent", "false", "0.9"),
    ("closedwon", "Closed Won", "true", "1.0"),
    ("closedlost", "Closed Lost", "true", "0.0"),
)
_EPOCH: Final = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; its metadata are strings, as everything here is."""

    id: str
    label: str
    closed: str
    probability: str

    @property
    def won(self) -> bool:
        """Closed, and certain."""
        return self.closed == "true" and self.probability == "1.0"

    def shown(self, order: int) -> dict[str, Any]:
        """The stage as the pipelines API tells it."""
        metadata = {"isClosed": self.closed, "probability": self.probability}
        told = {"label": self.label, "displayOrder": order, "metadata": metadata, "id": self.id, "archived": False}
        return told | {"createdAt": _EPOCH, "updatedAt": _EPOCH, "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT"}


class Pipelines:
    """The pipelines of deals, by id."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Back to the one pipeline that every account begins with."""
        self._held = {"default": ("Sales Pipeline", {stage[0]: Stage(*stage) for stage in _STAGES})}

    def stage(self, pipeline: str | None, stage: str | None) -> Stage | None:
        """A stage of a pipeline."""
        return self._held.get(pipeline or "", ("", {}))[1].get(stage or "")

    def first(self, pipeline: str | None) -> str | None:
        """The first stage of a pipeline."""
        return next(iter(self._held.get(pipeline or "", ("", {}))[1]), None)

    def rename(self, pipeline: str, label: str) -> None:
        """Give a pipeline another label; raises the vendor's 404."""
        self._held[pipeline] = (label, self._need(pipeline)[1])

    def shown(self, pipeline: str = "") -> list[dict[str, Any]]:
        """One pipeline, or all of them; raises the vendor's 404."""
        wanted = {pipeline: self._need(pipeline)} if pipeline else self._held
        return [
            {
                "id": key,
                "label": label,
                "displayOrder": order,
                "stages": [stage.shown(place) for place, stage in enumerate(stages.values())],
                "createdAt": _EPOCH,
                "updatedAt": _EPOCH,
                "archived": False,
            }
            for order, (key, (label, stages)) in enumerate(wanted.items())
        ]

    def _need(self, pipeline: str) -> tuple[str, dict[str, Stage]]:
        if pipeline not in self._held:
            raise Refusal(404, "resource not found")
        return self._held[pipeline]
