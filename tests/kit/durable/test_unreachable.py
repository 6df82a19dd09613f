"""The engine waits for a database that refuses at once, as it does for one that refuses late."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from dbos._utils import retriable_postgres_exception

from kit.durable.unreachable import wait_for_the_unreachable


def refusal(folder: Path) -> sa.exc.DBAPIError:
    """What connecting says where no server is."""
    engine = sa.create_engine("postgresql+psycopg://", connect_args={"host": str(folder), "dbname": "none"})
    with pytest.raises(sa.exc.DBAPIError) as refused:
        engine.connect()
    return refused.value


def test_a_refusal_that_comes_at_once_is_waited_for(tmp_path: Path) -> None:
    """Of the engine's private judgement only this is pinned: what cannot be reached is tried again."""
    wait_for_the_unreachable()
    wait_for_the_unreachable()

    assert retriable_postgres_exception(refusal(tmp_path))
