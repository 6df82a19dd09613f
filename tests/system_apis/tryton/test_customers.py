import pytest

from contracts.problem import Kind, Problem
from system_apis.tryton.landscape.desk import Desk
from tests.conformance.connected import kind_of
from tests.conformance.story import CHILD, PROJECT
from tests.system_apis.tryton.conftest import Books, opened

pytestmark = pytest.mark.timeout(300)


async def test_a_retired_customer_comes_back_and_its_ties_stay_single(books: Books) -> None:
    """A retired party is hidden from whoever does not ask for it: it is found, and woken rather than doubled."""
    await books.erp.close_project(project_id=PROJECT.project_id)
    await books.erp.retire_customer(customer_id=CHILD.customer_id)
    found = await books.erp.customer(customer_id=CHILD.customer_id)
    back = await books.erp.put_customer(customer_id=CHILD.customer_id, legal_entity_id="SG-GB", body=CHILD)
    party = await books.erp._customers.standing(CHILD.customer_id)

    assert (found.external_id, False) == (back.external_id, back.created)
    assert (1, 1, 1) == (len(party.addresses), len(party.identifiers), len(party.relations))


async def test_a_key_that_was_cancelled_opens_nothing(books: Books, desk: Desk) -> None:
    """A key has no end but this one, and the refusal says that it is the key."""
    application = desk.the("res.user.application", ["application", "=", "rest"])
    desk.call("res.user.application", "cancel", [application])

    assert Kind.UNAUTHENTICATED is await kind_of(books.erp.tax_codes())


async def test_what_is_not_set_up_says_so(books: Books) -> None:
    """An account that no chart has is a matter of settings, and the problem names it."""
    client, erp = opened(books.real, journal="NONE")
    with pytest.raises(Problem) as missing:
        await erp._chart.journal()
    await client.close()

    assert ("tryton.not_set_up", True) == (missing.value.code, "NONE" in missing.value.detail)
