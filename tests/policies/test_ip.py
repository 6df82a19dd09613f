import pytest

from policies.ip import Config, Ip
from tests.policies.table import Given, decide

ALLOW = Config(allow=("192.0.2.0/24", "2001:db8::/32"), deny=("192.0.2.66",))


@pytest.mark.parametrize(
    ("config", "address", "code"),
    [
        (Config(), "198.51.100.1", "ok"),
        (ALLOW, "192.0.2.7", "ok"),
        (ALLOW, "::ffff:192.0.2.7", "ok"),
        (ALLOW, "2001:db8::1", "ok"),
        (ALLOW, "192.0.2.66", "ip.denied"),
        (ALLOW, "::ffff:192.0.2.66", "ip.denied"),
        (ALLOW, "198.51.100.1", "ip.denied"),
        (ALLOW, "", "ip.denied"),
        (ALLOW, "testclient", "ip.denied"),
        (Config(deny=("0.0.0.0/0",)), "192.0.2.7", "ip.denied"),
        (Config(deny=("192.0.2.0/24",)), "198.51.100.1", "ok"),
    ],
)
async def test_an_address_is_let_in_or_not(config: Config, address: str, code: str) -> None:
    """Denied is denied; an address that is none is nobody's."""
    decision = await decide(Ip(config), Given(client_ip=address))
    assert (code, 200 if code == "ok" else 403) == (decision.code, decision.status)


async def test_shadowed_it_only_notes() -> None:
    """The code is noted on the request."""
    decision = await decide(Ip(ALLOW), Given(client_ip="198.51.100.1"), shadow=True)
    assert ("ok", ["ip.denied"]) == (decision.code, decision.request.shadowed)


def test_a_network_that_is_none_is_refused_at_the_start() -> None:
    """Host bits set: probably a slip."""
    with pytest.raises(ValueError, match="host bits"):
        Ip(Config(allow=("192.0.2.7/24",)))
