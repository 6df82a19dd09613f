"""Lets policies look into an answer before it goes out; refuses to send unseen what one of them must look into.

Only good JSON answers are looked into; a problem, a stream and a file pass as they are, unless somebody must see them.
"""

from __future__ import annotations

from contracts.problem import Kind, Problem
from gateway.translate import problem_of
from gateway.upstream import Answer, Failed
from kit.door.openapi import is_json
from kit.door.policy import Request
from kit.door.returned import Returned


async def edited(
    answer: Answer, request: Request, *, length: int | None, held: int, most: int
) -> bytes | Problem | None:
    """The body as it goes out, or why it cannot; None when nobody looks and nothing was read.

    Args:
        answer: of the tier, not read yet.
        request: with what policies want done.
        length: what the tier declares.
        held: bytes up to which an answer is read whole for those who may look.
        most: the same for those who must.

    """
    if not 200 <= answer.status < 300 or answer.status == 204:
        return None
    must = any(edit.must for edit in request.edits)
    small = length is not None and length <= (most if must else held)
    if not _readable(answer) or not (small or (must and length is None)):
        return _unseen() if must else None
    body = answer.body if answer.body is not None else await _whole(answer, request, most=most)
    return body if isinstance(body, Problem) else _run(answer.status, body, request)


def edited_whole(answer: Answer, body: bytes, request: Request, *, most: int) -> bytes | Problem | None:
    """The same for an answer that is here to its end already."""
    if not 200 <= answer.status < 300 or answer.status == 204:
        return None
    if len(body) > most or not _readable(answer):
        return _unseen() if any(edit.must for edit in request.edits) else None
    return _run(answer.status, body, request)


def _run(status: int, body: bytes, request: Request) -> bytes | Problem:
    returned = Returned(status, body)
    for edit in reversed(request.edits):
        problem = edit.run(returned)
        if problem is not None:
            return problem
    return returned.raw


async def _whole(answer: Answer, request: Request, *, most: int) -> bytes | Problem:
    parts: list[bytes] = []
    size = 0
    try:
        async for part in answer.parts():
            size += len(part)
            if size > most:
                return _unseen()
            parts.append(part)
    except Failed as failed:
        return problem_of("timeout" if failed.code == "timeout" else "short", request, sent=True)
    return b"".join(parts)


def _readable(answer: Answer) -> bool:
    fields = dict(answer.headers)
    coded = fields.get(b"content-encoding", b"identity") != b"identity"
    return not coded and is_json(fields.get(b"content-type", b"").decode("latin-1"))


def _unseen() -> Problem:
    detail = "the answer cannot be looked into: it is too large, packed, or no JSON"
    return Problem(Kind.UNEXPECTED, "forward.unseen", detail, hint="report the trace id", status=502)
