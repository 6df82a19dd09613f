"""What all tests share: nobody calls out of this machine, and the census can be rewritten."""

import ipaddress
import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from kit.durable import lease


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-census", action="store_true", help="write the computed lists anew instead of comparing them"
    )


@pytest.fixture
def update_census(request: pytest.FixtureRequest) -> bool:
    """Whether the committed lists are to be rewritten."""
    return bool(request.config.getoption("--update-census"))


@pytest.fixture(autouse=True, scope="session")
def nobody_calls_out() -> Iterator[None]:
    """Refuse every connection that would leave this machine: a test that needs the world proves nothing."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _only_inside(getattr(socket.socket, name)))
        yield


@pytest.fixture(autouse=True, scope="session")
def nobody_ends_the_tests() -> Iterator[None]:
    """An engine opened within the tests does not end them because the machine stood still; in processes it does."""
    with pytest.MonkeyPatch.context() as patch:
        told = logging.getLogger(__name__).error
        patch.setattr(
            lease, "end_process", lambda status: told("a lease ran out; the process would end with %d", status)
        )
        yield


def _only_inside(connect: Any) -> Any:
    def refuse_outside(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_inside(address[0]):
            pytest.fail(f"a test tried to reach {address[0]!r}")
        return connect(self, address)

    return refuse_outside


def _is_inside(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
