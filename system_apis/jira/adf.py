"""Plain text to the vendor's documents and back: no text is taken for markup, and all is kept that words can say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

Node = dict[str, Any]

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_APART: Final = re.compile(r"\n[ \t]*\n\s*")
_DEEPEST: Final = 100
_SAID: Final = {"mention": "text", "emoji": "text", "status": "text", "inlineCard": "url", "blockCard": "url"}
_FILES: Final = frozenset({"media", "mediaInline"})
_ITEMS: Final = frozenset({"listItem", "taskItem", "decisionItem"})
_CELLS: Final = frozenset({"tableCell", "tableHeader"})


def plain(text: str) -> str:
    """A text as it can be kept: one kind of line end, nothing that the vendor's XML cannot hold, no frayed edges."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    clean = _FORBIDDEN.sub("\ufffd", lines)
    return _APART.sub("\n\n", clean).strip()


def one_line(text: str) -> str:
    """A title: the vendor takes no line ends there."""
    return " ".join(plain(text).split())


def document(text: str) -> Node:
    """The document that says a text: a paragraph for each block, a break for each line end."""
    blocks = [block for block in plain(text).split("\n\n") if block]
    content = [{"type": "paragraph", "content": list(_lines(block))} for block in blocks]
    return {"type": "doc", "version": 1, "content": content}


def text_of(node: Node | None) -> str:
    """What a document says, in words."""
    if node is None:
        return ""
    said = "".join(_said(node, depth=0))
    return re.sub(r"\n{3,}", "\n\n", said).strip()


def _lines(block: str) -> Iterator[Node]:
    for number, line in enumerate(block.split("\n")):
        if number:
            yield {"type": "hardBreak"}
        if line:
            yield {"type": "text", "text": line}


def _said(node: Node, *, depth: int) -> Iterator[str]:
    kind, attributes = str(node.get("type")), node.get("attrs") or {}
    if depth > _DEEPEST or not isinstance(attributes, dict):
        return
    if kind == "text":
        yield _linked(str(node.get("text", "")), node.get("marks"))
    elif kind == "hardBreak":
        yield "\n"
    elif kind in _SAID:
        yield str(attributes.get(_SAID[kind]) or attributes.get("shortName") or "")
    elif kind in _FILES:
        yield f"[file {attributes.get('alt') or attributes.get('id') or ''}]"
    else:
        yield from _block(node, kind, depth=depth)


def _block(node: Node, kind: str, *, depth: int) -> Iterator[str]:
    parts = [part for part in node.get("content") or () if isinstance(part, dict)]
    inner = "".join("".join(_said(part, depth=depth + 1)) for part in parts)
    if kind in _ITEMS:
        yield f"- {inner.strip()}\n"
    elif kind in _CELLS:
        yield f"{inner.strip()} | "
    elif kind == "tableRow":
        yield f"{inner.removesuffix(' | ')}\n"
    elif kind == "doc":
        yield inner
    else:
        yield f"{inner}\n\n"


def _linked(text: str, marks: Any) -> str:
    """A text, with the address behind it where that is not what it says."""
    for mark in marks if isinstance(marks, list) else ():
        address = (mark.get("attrs") or {}).get("href") if isinstance(mark, dict) else None
        if address and address != text:
            return f"{text} ({address})"
    return text
