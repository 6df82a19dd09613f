"""Names that the library takes, and its hash of content."""

import base64
import random

import pytest

from contracts.problem import Kind, Problem
from system_apis.sharepoint.fingerprint import quick_xor_hash
from system_apis.sharepoint.naming import permitted
from system_apis.sharepoint.simulator.names import checked
from system_apis.sharepoint.simulator.quickxor import quick_xor
from system_apis.sharepoint.simulator.refusal import Refusal

pytestmark = pytest.mark.req(46)


@pytest.mark.parametrize(
    ("wished", "stands"),
    [
        ('a"b*c:d<e>f?g/h\\i|j', "a-b-c-d-e-f-g-h-i-j"),
        ("  Müller & Söhne #1, 100% + VAT  ", "Müller & Söhne #1, 100% + VAT"),
        ("Ends with dots. ..", "Ends with dots"),
        ("CON", "_CON"),
        ("com1.pdf", "_com1.pdf"),
        ("Concept.pdf", "Concept.pdf"),
        ("~$draft.docx", "-$draft.docx"),
        ("report_vti_1", "report-vti-1"),
        ("desktop.ini", "_desktop.ini"),
        ("forms", "_forms"),
        ("line\nbreak\x7f", "line-break-"),
        ("Mu\u0308ller", "Müller"),
    ],
)
def test_what_a_library_forbids_is_replaced(wished: str, stands: str) -> None:
    """The library takes the result, and it is a name that stays what it is."""
    assert stands == permitted(wished)
    assert stands == permitted(stands)
    assert stands == checked(stands, path=f"/{stands}", top=True)


@pytest.mark.parametrize("wished", ["", "  ", ". .", "\t"])
def test_a_name_of_nothing_is_refused(wished: str) -> None:
    """With a pointer to it, unless something can stand in its place."""
    if wished == "\t":
        assert "-" == permitted(wished)
        return
    with pytest.raises(Problem) as refused:
        permitted(wished)

    assert (Kind.INVALID, "/name") == (refused.value.kind, refused.value.errors[0].pointer)


@pytest.mark.parametrize("name", ["a/b", "a:b", " a", "a ", "a.", "~$a", "x_vti_y", "NUL", "lpt1.txt", ".lock", ""])
def test_the_simulated_library_refuses_such_names_itself(name: str) -> None:
    """So that a name that passed by mistake would be met."""
    with pytest.raises(Refusal) as refused:
        checked(name, path=f"/{name}", top=False)

    assert (400, "invalidName") == (refused.value.status, refused.value.inner)


def test_a_path_has_an_end() -> None:
    """Four hundred characters from the library on."""
    with pytest.raises(Refusal) as refused:
        checked("a", path="/" + "x" * 400, top=False)

    assert "pathIsTooLong" == refused.value.code


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        ("Sg==", "SgAAAAAAAAAAAAAAAQAAAAAAAAA="),
        ("tbQ=", "taAFAAAAAAAAAAAAAgAAAAAAAAA="),
        ("0pZP", "0rDEEwAAAAAAAAAAAwAAAAAAAAA="),
    ],
)
def test_the_hash_is_the_vendors(content: str, expected: str) -> None:
    """Both ends compute what is published for these contents."""
    raw = base64.b64decode(content)

    assert (expected, expected) == (quick_xor_hash(raw), quick_xor(raw))


def test_both_ends_agree_on_contents_of_every_length() -> None:
    """Around the places where the turns begin anew, and beyond."""
    chance = random.Random(7)
    contents = [chance.randbytes(length) for length in (19, 20, 21, 159, 160, 161, 320, 4097, 70_001)]

    assert [quick_xor(each) for each in contents] == [quick_xor_hash(each) for each in contents]
