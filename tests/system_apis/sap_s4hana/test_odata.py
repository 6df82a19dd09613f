import datetime as dt

import msgspec
import pytest

from contracts.problem import Kind, Problem
from system_apis.sap_s4hana import batch
from system_apis.sap_s4hana.config import Credential
from system_apis.sap_s4hana.mapping import element_code, partner_number, project_code
from system_apis.sap_s4hana.odata import asked_day, guid, keyed, read_day, text, written_day
from system_apis.sap_s4hana.wire import Element, Partner, changes


def test_literals_and_addresses_are_quoted() -> None:
    """A quote in a value is doubled, what an address cannot bear is encoded, several keys are named."""
    assert "A_X('O''Neil%20%2F%20Sons')" == keyed("A_X", Name=text("O'Neil / Sons"))
    assert "A_X(ID=guid'1',Name='n')" == keyed("A_X", ID=guid("1"), Name=text("n"))


@pytest.mark.parametrize("day", [dt.date(2027, 1, 4), dt.date(1969, 12, 31), dt.date(2028, 2, 29)])
def test_a_day_is_the_same_after_its_way_through_version_2(day: dt.date) -> None:
    """Ticks since 1970, before it too; a filter has it otherwise."""
    assert day == read_day(written_day(day)) == read_day(written_day(day).replace(")", "+0000)"))
    assert f"datetime'{day}T00:00:00'" == asked_day(day)


def test_a_day_that_is_none_is_told() -> None:
    """What cannot be read is no day of S/4HANA."""
    with pytest.raises(Problem) as caught:
        read_day("2027-01-04")
    assert Kind.UNEXPECTED is caught.value.kind


def test_numbers_are_drawn_from_ids_and_fit() -> None:
    """Ten characters, twenty-four; capitals, for SAP folds them; one id, one number, and another for another."""
    ids = [f"cus-{number}" for number in range(2000)]
    numbers = {partner_number(one, pointer="/customer_id") for one in ids}
    codes = {project_code(one, pointer="/project_id") for one in ids} | {element_code(one, "phs-1") for one in ids}
    assert (2000, {10}) == (len(numbers), {len(one) for one in numbers})
    assert (4000, True) == (len(codes), all(len(one) <= 24 and one == one.upper() for one in codes))
    assert partner_number("cus-a", pointer="") != partner_number("cus-A", pointer="")


def test_only_what_differs_is_sent() -> None:
    """An empty text clears; what is not said stays; amounts are compared as numbers."""
    held = msgspec.json.decode(b'{"YY1_SluiceBudget_PPD":"100.00","YY1_SluiceName_PPD":"A"}', type=Element)
    wanted = msgspec.json.decode(b'{"YY1_SluiceBudget_PPD":"100","YY1_SluiceName_PPD":""}', type=Element)
    change = changes(held, wanted)
    assert b'{"YY1_SluiceName_PPD":""}' == msgspec.json.encode(change)
    assert changes(Partner(search_term="A"), Partner(search_term="A")) is None


@pytest.mark.parametrize(
    ("media", "content"),
    [
        ("multipart/mixed", b"--b--"),
        ("multipart/mixed; boundary=b", b"--b\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
        ("multipart/mixed; boundary=b", b"--b\r\n\r\nno answer\r\n\r\n\r\n--b--"),
    ],
)
def test_a_batch_that_was_cut_off_is_not_read(media: str, content: bytes) -> None:
    """Half an answer tells nothing of what became of its changesets."""
    with pytest.raises(ValueError, match=r"boundary|cut off|no HTTP answer"):
        batch.decoded(media, content)


@pytest.mark.parametrize("given", [{}, {"user": "A", "client_id": "B"}])
def test_a_credential_is_of_one_kind(given: dict[str, str]) -> None:
    """Neither both nor none."""
    with pytest.raises(ValueError, match="either a user or a client_id"):
        Credential(**given)  # type: ignore[arg-type]  # the strings stand for names and not for secrets
