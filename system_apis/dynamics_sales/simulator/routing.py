"""From an address below the Web API to what answers it, for outside calls and the parts of a batch alike."""

import re
from collections.abc import Callable
from typing import Final

from . import actions, batch, metadata, reading, writing
from .address import target
from .call import Answer, Call, Environment, refused
from .refusal import Refusal, not_allowed

_ACTIONS: Final[dict[tuple[str, str], Callable[[Environment, Call], Answer]]] = {
    ("GET", "WhoAmI"): actions.who_am_i,
    ("POST", "WinOpportunity"): actions.win,
    ("POST", "LoseOpportunity"): actions.lose,
    ("POST", "$batch"): batch.answer,
}
_NAMES: Final = frozenset(name for _, name in _ACTIONS)
_BULK: Final = re.compile(r"(\w+)/Microsoft\.Dynamics\.CRM\.(\w+)")


def answer(environment: Environment, call: Call) -> Answer:
    """Answer a call; never raises a Refusal."""
    if "tag" in call.query:
        environment.tags.append(call.query["tag"])
    try:
        return _found(environment, call)
    except Refusal as refusal:
        return refused(refusal, call)


def _found(environment: Environment, call: Call) -> Answer:
    name = call.path.removesuffix("()")
    if name in _NAMES:
        known = _ACTIONS.get((call.method, name))
        if known is None:
            raise not_allowed(call.method)
        return known(environment, call)
    if name.startswith("EntityDefinitions"):
        if call.method != "GET":
            raise not_allowed(call.method)
        return metadata.answer(call)
    bulk = _BULK.fullmatch(call.path)
    if bulk and bulk.group(2) in writing.BULK and call.method == "POST":
        return writing.bulk(environment, call, target(environment, bulk.group(1)).table, bulk.group(2))
    return _row(environment, call)


def _row(environment: Environment, call: Call) -> Answer:
    where = target(environment, call.path)
    single = where.key is not None or bool(where.row_id)
    if not single:
        if call.method == "GET":
            return reading.many(environment, call, where.table)
        if call.method == "POST":
            return writing.create(environment, call, where.table)
        raise not_allowed(call.method)
    if call.method == "GET":
        return reading.one(environment, call, where)
    if call.method == "PATCH":
        return writing.patch(environment, call, where)
    if call.method == "DELETE":
        return writing.delete(environment, call, where)
    raise not_allowed(call.method)
