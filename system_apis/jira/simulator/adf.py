"""Atlassian documents: the only rich text that version 3 takes, and what version 2 shows of them as wiki text."""

from typing import Any, Final

import msgspec

_BLOCKS: Final = frozenset(
    [
        "paragraph",
        "heading",
        "bulletList",
        "orderedList",
        "codeBlock",
        "blockquote",
        "rule",
        "panel",
        "table",
        "mediaSingle",
        "expand",
        "taskList",
    ]
)
_INNER: Final = frozenset(["listItem", "taskItem", "tableRow", "tableHeader", "tableCell"])
_INLINE: Final = frozenset(["text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status"])
_MARKS: Final = frozenset(["strong", "em", "code", "link", "strike", "underline", "textColor", "subsup"])
_DEEPEST: Final = 60
MOST: Final = 32_767


class NoDocument(ValueError):
    """What was sent is not an Atlassian document; the text is the vendor's."""


def accepted(sent: Any) -> dict[str, Any] | None:
    """A document as it is kept; None clears. Raises NoDocument."""
    if sent is None:
        return None
    if not isinstance(sent, dict) or (sent.get("type"), sent.get("version")) != ("doc", 1):
        raise NoDocument("Operation value must be an Atlassian Document (see the Atlassian Document Format)")
    content = sent.get("content")
    if not isinstance(content, list):
        raise NoDocument("INVALID_INPUT")
    for node in content:
        _check(node, _BLOCKS, depth=1)
    if len(msgspec.json.encode(shown_as_text(sent))) > MOST:
        raise NoDocument("CONTENT_LIMIT_EXCEEDED")
    return sent


def from_text(text: str) -> dict[str, Any]:
    """The document behind the wiki text of version 2: a paragraph for each block, a break for each line."""
    blocks = [block.split("\n") for block in text.replace("\r\n", "\n").split("\n\n") if block.strip()]
    return {"version": 1, "type": "doc", "content": [_paragraph(lines) for lines in blocks]}


def shown_as_text(node: dict[str, Any]) -> str:
    """What version 2 shows of a document."""
    if node.get("type") == "text":
        return str(node["text"])
    if node.get("type") == "hardBreak":
        return "\n"
    inner = "".join(shown_as_text(part) for part in node.get("content") or ())
    return f"{inner}\n\n" if node.get("type") in _BLOCKS else inner


def _paragraph(lines: list[str]) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for line in lines:
        content += [{"type": "hardBreak"}] if content else []
        content += [{"type": "text", "text": line}] if line else []
    return {"type": "paragraph", "content": content}


def _check(node: Any, allowed: frozenset[str], *, depth: int) -> None:
    kind = node.get("type") if isinstance(node, dict) else None
    if kind not in allowed or depth > _DEEPEST:
        raise NoDocument("INVALID_INPUT")
    if kind == "text":
        _check_text(node)
    content = node.get("content", [])
    if not isinstance(content, list):
        raise NoDocument("INVALID_INPUT")
    inner = _INLINE if kind in {"paragraph", "heading", "codeBlock", "taskItem"} else _BLOCKS | _INNER
    for part in content:
        _check(part, inner, depth=depth + 1)


def _check_text(node: dict[str, Any]) -> None:
    """Text is never empty, holds nothing that XML cannot, and bears known marks."""
    text = node.get("text")
    if not isinstance(text, str) or not text or any(ord(each) < 32 and each not in "\t\n\r" for each in text):
        raise NoDocument("INVALID_INPUT")
    if any(mark.get("type") not in _MARKS for mark in node.get("marks") or ()):
        raise NoDocument("INVALID_INPUT")
