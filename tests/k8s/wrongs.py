"""Single fields put wrong, as `wrongs.yaml` lists them: what the rules are worth is tried on these."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml
from msgspec import UNSET, UnsetType

from tests.k8s.reading import Resource

_SHORT: Final = {"pod": "spec/template/spec", "box": "spec/template/spec/containers/0"}


class Wrong(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One field of one kind of resource put wrong."""

    words: str
    told_by: str
    """The rule that has to tell."""
    kind: str
    name: str
    """A pattern: each resource of the kind that it names is put wrong by itself."""
    at: str
    """Steps to the field; `~` stands for a slash within a step."""
    becomes: Any = UNSET
    added: Any = UNSET
    """Something more in the list there."""
    swapped: tuple[str, str] | UnsetType = UNSET
    """One word of the text there, and what stands there instead."""

    def tried(self, resources: list[Resource]) -> Iterator[tuple[str, list[Resource]]]:
        """The place with one resource put wrong, once for each that the pattern names.

        Raises:
            ValueError: a word to be swapped is not there.

        """
        for number, each in enumerate(resources):
            if each["kind"] == self.kind and re.fullmatch(self.name, _plain(each["metadata"]["name"])):
                changed = copy.deepcopy(each)
                self._put_wrong(changed)
                yield each["metadata"]["name"], [*resources[:number], changed, *resources[number + 1 :]]

    def _put_wrong(self, resource: Resource) -> None:
        first, _, rest = self.at.partition("/")
        *way, last = f"{_SHORT.get(first, first)}/{rest}".strip("/").split("/")
        place: Any = resource
        for step in way:
            place = place[_step(place, step)]
        key = _step(place, last)
        if self.becomes is not UNSET:
            place[key] = self.becomes
        elif self.added is not UNSET:
            place[key].append(self.added)
        elif isinstance(self.swapped, tuple):
            place[key] = _swapped(place[key], *self.swapped)
        else:
            del place[key]


def _swapped(text: str, old: str, new: str) -> str:
    if old not in text:
        raise ValueError(f"nothing to put wrong: {old}")
    return text.replace(old, new)


def _plain(name: str) -> str:
    """Without the suffix that kustomize computes from the content."""
    return re.sub(r"-[a-z0-9]{10}$", "", name)


def _step(place: Any, step: str) -> Any:
    return int(step) if isinstance(place, list) else step.replace("~", "/")


WRONGS: Final = msgspec.convert(
    yaml.load(Path(__file__).with_name("wrongs.yaml").read_text(), yaml.CSafeLoader), list[Wrong]
)
