"""The engine's serializer: JSON and nothing else; a row that claims to be a pickle is refused, never run."""

from __future__ import annotations

from typing import Any, Final

from dbos import Serializer
from dbos._serialization import DefaultSerializer  # the only way to refuse what a row's tag asks for

from kit.durable.recording import decoded, encoded

NAME: Final = "msgspec_json"


class Journal(Serializer):
    """msgspec JSON. Failures are problems; decimals, dates and structs become plain JSON."""

    def name(self) -> str:
        """The tag of our rows."""
        return NAME

    def serialize(self, data: Any) -> str:
        """A value or a failure as text."""
        return encoded(data)

    def deserialize(self, serialized_data: str) -> Any:
        """Plain JSON values, or the problem a failure was; inputs of a run as the engine wants them."""
        value = decoded(serialized_data)
        if isinstance(value, dict) and value.keys() == {"args", "kwargs"}:
            value["args"] = tuple(value["args"])
        return value


def refuse_pickle() -> None:
    """From here on a row tagged as a pickle is an error in this process."""
    DefaultSerializer.deserialize = _refuse  # type: ignore[method-assign,assignment] # the guard is this very assignment


def _refuse(_self: Any, _serialized: str) -> Any:
    message = "pickle is not allowed in the journal"
    raise TypeError(message)
