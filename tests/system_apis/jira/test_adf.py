"""Text to documents and back: what we send is taken and read back, what people write is put into words."""

import string
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from system_apis.jira.adf import document, one_line, plain, text_of
from system_apis.jira.simulator import adf as vendor

pytestmark = pytest.mark.req(51, 62)


@given(st.text(max_size=400) | st.text(alphabet=string.ascii_letters + "\n\r\t \x00*[]{}", max_size=400))
@example("\ud800 \x00 \ufffe")
@example("a\n \n\t\nb\n\n\n\nc")
@example("\n\n")
@example("a\u2028b\u2029c")
def test_any_text_is_a_document_that_the_vendor_takes_and_says_it_again(text: str) -> None:
    """Line ends of one kind, signs that cannot be kept replaced, and otherwise word for word; twice is as once."""
    made = document(text)

    assert made == vendor.accepted(made)
    assert plain(text) == text_of(made) == plain(plain(text))
    assert not {"\n", "\r", "\x00"} & set(one_line(text))


def node(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    """One node of a document."""
    parts = [{"type": "text", "text": part} if isinstance(part, str) else part for part in content]
    return {"type": kind, "attrs": attrs, "content": parts}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            [node("heading", "Done", level=2), node("paragraph", "by ", node("mention", text="@Dana"))],
            "Done\n\nby @Dana",
        ),
        (
            [node("bulletList", node("listItem", node("paragraph", "a")), node("listItem", node("paragraph", "b")))],
            "- a\n- b",
        ),
        ([node("codeBlock", "x = 1\ny = 2", language="python")], "x = 1\ny = 2"),
        ([node("table", node("tableRow", node("tableCell", "a"), node("tableCell", "b")))], "a | b"),
        ([node("mediaSingle", node("media", id="7", alt="plan.pdf"))], "[file plan.pdf]"),
        ([node("panel", node("paragraph", "mind"), panelType="info"), node("rule")], "mind"),
        (
            [node("paragraph", node("inlineCard", url="https://x.example"), " ", node("emoji", shortName=":ok:"))],
            "https://x.example :ok:",
        ),
        (
            [
                node(
                    "paragraph",
                    {"type": "text", "text": "here", "marks": [{"type": "link", "attrs": {"href": "https://y"}}]},
                )
            ],
            "here (https://y)",
        ),
        ([node("somethingNew", node("paragraph", "still said"))], "still said"),
        ([node("paragraph", node("status", text="LATE"), {"type": "hardBreak"}, "why")], "LATE\nwhy"),
        (["no node", 5, None], ""),
    ],
)
def test_what_people_write_is_put_into_words(content: list[Any], expected: str) -> None:
    """Lists, tables, cards, mentions and what is still to be invented; what is no node is passed over."""
    assert expected == text_of({"type": "doc", "version": 1, "content": content})


def test_a_document_of_endless_depth_is_read_as_far_as_it_goes() -> None:
    """Nobody's stack is exhausted by a document that holds itself a thousand times."""
    deep: dict[str, Any] = node("paragraph", "bottom")
    for _ in range(1000):
        deep = node("blockquote", "x", deep)

    assert "bottom" not in text_of(deep)
    assert "" == text_of(None)
