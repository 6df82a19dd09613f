"""`$batch`: requests in a multipart body, some of them in change sets that stand or fall together."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import msgspec

from .call import Answer, Call, Environment
from .refusal import Refusal

_MOST: Final = 1000
_BOUNDARY: Final = re.compile(r"boundary=\"?([^\";,\s]+)\"?", re.IGNORECASE)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a batch, with its number in a change set."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    content_id: str


def answer(environment: Environment, call: Call) -> Answer:
    """Every part in turn; the first failure ends the batch unless the caller prefers to go on."""
    items = _items(call)
    count = sum(len(item) if isinstance(item, list) else 1 for item in items)
    if count > _MOST:
        raise Refusal(400, "0x80048d06", f"The number of operations in the batch {count} exceeds the maximum {_MOST}.")
    mark = f"{environment.sandbox.random.getrandbits(96):024x}"
    boundary, going_on = f"batchresponse_{mark}", "odata.continue-on-error" in call.preferences
    written: list[bytes] = []
    status = 200
    for number, item in enumerate(items):
        if isinstance(item, list):
            failed, content = _changeset(environment, call, item, boundary=f"changesetresponse_{mark}{number}")
        else:
            given = _sent(call, item, {})
            failed, content = given.status if given.status >= 400 else 0, _http(given, item.content_id)
        written.append(b"--" + boundary.encode() + b"\r\n" + content)
        if failed and not going_on:
            status = failed
            break
    body = b"".join(written) + f"--{boundary}--\r\n".encode()
    return Answer(status, body, {"Content-Type": f"multipart/mixed; boundary={boundary}"})


def _changeset(environment: Environment, call: Call, parts: list[Part], *, boundary: str) -> tuple[int, bytes]:
    """One transaction: the answers of all, or the one refusal that undid them."""
    saved = environment.store.savepoint()
    places: dict[str, str] = {}
    answers: list[bytes] = []
    for part in parts:
        given = _sent(call, part, places)
        if given.status >= 400:
            environment.store.rollback(saved)
            return given.status, _http(given, part.content_id)
        if part.content_id and "OData-EntityId" in given.headers:
            places[f"${part.content_id}"] = given.headers["OData-EntityId"].removeprefix(f"{call.root}/")
        answers.append(f"--{boundary}\r\n".encode() + _http(given, part.content_id))
    head = f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode()
    return 0, head + b"".join(answers) + f"--{boundary}--\r\n\r\n".encode()


def _sent(call: Call, part: Part, places: dict[str, str]) -> Answer:
    target, body = part.target, part.body
    for reference, place in places.items():
        target = re.sub(rf"^/?{re.escape(reference)}(?=$|[/?])", place, target)
        body = body.replace(f'"{reference}"'.encode(), f'"/{place}"'.encode())
    if target.startswith("$"):
        refusal = Refusal(400, "0x80060888", f"The content id {target} is not known in this change set.")
        return Answer(400, refusal.body())
    # A part knows nothing of the outer request's headers, and the vendor's parts are JSON.
    return call.again(call.inner(part.method, target, headers=part.headers, body=body))


def _http(given: Answer, content_id: str) -> bytes:
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    lines += [f"Content-ID: {content_id}"] if content_id else []
    lines += ["", f"HTTP/1.1 {given.status} {HTTPStatus(given.status).phrase}"]
    body = b"" if given.body is None else _ENCODER.encode(given.body)
    if body:
        lines.append("Content-Type: application/json; odata.metadata=minimal")
    lines += [f"{name}: {value}" for name, value in given.headers.items()]
    lines += ["OData-Version: 4.0", "", ""]
    return "\r\n".join(lines).encode() + body + b"\r\n"


def _items(call: Call) -> list[Part | list[Part]]:
    """The parts of the body; a part that is itself multipart is a change set."""
    found: list[Part | list[Part]] = []
    for headers, content in _split(call.headers.get("content-type", ""), call.body):
        if headers.get("content-type", "").startswith("multipart/mixed"):
            parts = [_part(*inner) for inner in _split(headers["content-type"], content)]
            if any(part.method == "GET" for part in parts):
                raise _broken("A change set cannot contain a query operation.")
            found.append(parts)
        else:
            found.append(_part(headers, content))
    return found


def _split(content_type: str, body: bytes) -> list[tuple[dict[str, str], bytes]]:
    boundary = _BOUNDARY.search(content_type)
    if not content_type.startswith("multipart/mixed") or boundary is None:
        raise _broken(f"Invalid Content-Type header value '{content_type}'. Multipart with a boundary is expected.")
    mark = b"--" + boundary.group(1).encode()
    if b"\r\n" not in body or b"\r\n" + mark + b"--" not in b"\r\n" + body:
        raise _broken("The batch body is incomplete, or its lines do not end with CRLF.")
    whole = (b"\r\n" + body).partition(b"\r\n" + mark + b"--")[0]
    return [_headed(part) for part in whole.split(b"\r\n" + mark + b"\r\n")[1:]]


def _part(headers: dict[str, str], content: bytes) -> Part:
    if headers.get("content-type") != "application/http":
        raise _broken("Each part of a batch has the Content-Type application/http.")
    line, _, rest = content.partition(b"\r\n")
    words = line.decode().split(" ")
    if len(words) != 3 or words[2] != "HTTP/1.1":
        raise _broken(f"The request line '{line.decode()}' is invalid.")
    inner, body = _headed(rest)
    return Part(words[0], words[1], inner, body.strip(), headers.get("content-id", ""))


def _headed(part: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = (b"\r\n" + part).partition(b"\r\n\r\n")
    pairs: list[Any] = [line.decode("latin-1").partition(":") for line in head.split(b"\r\n") if line]
    return {name.strip().lower(): value.strip() for name, _, value in pairs}, body


def _broken(message: str) -> Refusal:
    return Refusal(400, "0x80060888", message)
