"""What all tests share: nobody calls out of this machine, and the census can be rewritten."""

import ipaddress
import logging
import os
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import certifi
import pytest
import trustme

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
def nobody_outside_is_believed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One authority of our own stands for the hundred and more of the world, which each HTTP client would read anew."""
    own = tmp_path_factory.mktemp("authorities") / "own.pem"
    trustme.CA().cert_pem.write_to_path(own)
    world = {certifi.where(), os.environ.get("SSL_CERT_FILE", certifi.where())}
    made = ssl.create_default_context

    def believing(*args: Any, cafile: str | None = None, **given: Any) -> ssl.SSLContext:
        return made(*args, cafile=str(own) if cafile in world else cafile, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", believing)
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
