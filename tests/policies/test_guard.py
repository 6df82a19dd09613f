import pytest

from policies.guard import Config, Guard
from tests.policies.table import Given, decide

HOST = ("host", "shop.example")
FRAMING = [
    (
        "rule 1: both framings",
        Given(headers=(HOST, ("content-length", "3"), ("transfer-encoding", "chunked"))),
        "guard.framing",
    ),
    ("rule 2: no host", Given(headers=()), "guard.host"),
    ("rule 2: two hosts", Given(headers=(HOST, HOST)), "guard.host"),
    ("rule 2: host with a path", Given(headers=(("host", "shop.example/x"),)), "guard.host"),
    ("rule 3: another host in the target", Given(target="http://other.example/shop"), "guard.host"),
    ("rule 3: the same host", Given(target="http://SHOP.example/shop"), "ok"),
    ("rule 4: a sign", Given(headers=(HOST, ("content-length", "+3"))), "guard.content_length"),
    ("rule 4: a list", Given(headers=(HOST, ("content-length", "3, 3"))), "guard.content_length"),
    ("rule 4: a leading zero", Given(headers=(HOST, ("content-length", "03"))), "guard.content_length"),
    (
        "rule 4: twice the same",
        Given(headers=(HOST, ("content-length", "3"), ("content-length", "3"))),
        "guard.field_repeated",
    ),
    (
        "rule 5: on 1.0",
        Given(http_version="1.0", headers=(("transfer-encoding", "chunked"),)),
        "guard.transfer_encoding",
    ),
    ("rule 5: a list", Given(headers=(HOST, ("transfer-encoding", "chunked, identity"))), "guard.transfer_encoding"),
    ("rule 5: unknown", Given(headers=(HOST, ("transfer-encoding", "xchunked"))), "guard.transfer_encoding"),
    ("one chunked", Given(headers=(HOST, ("transfer-encoding", "chunked"))), "ok"),
    ("1.0 without host", Given(http_version="1.0", headers=()), "ok"),
    ("two tokens", Given(headers=(HOST, ("authorization", "a"), ("authorization", "b"))), "guard.field_repeated"),
    ("control in a value", Given(headers=(HOST, ("x-a", "a\rb"))), "guard.field_value"),
]
TARGETS = [
    ("/shop/orders/7", "ok"),
    ("/", "ok"),
    ("/shop/a%20b", "ok"),
    ("/shop/../admin", "guard.target_dots"),
    ("/shop/./x", "guard.target_dots"),
    ("/shop/..", "guard.target_dots"),
    ("/shop/%2e%2e/admin", "guard.target_dots"),
    ("/shop/.%2E", "guard.target_dots"),
    ("/shop/a%2fb", "guard.target_slash"),
    ("/shop/a%5Cb", "guard.target_slash"),
    ("/shop\\admin", "guard.target"),
    ("/shop/a%00", "guard.target_control"),
    ("/shop/a%0d%0aX", "guard.target_control"),
    ("/shop/%ff", "guard.target_control"),
    ("/shop/%zz", "guard.target_escape"),
    ("/shop/%", "guard.target_escape"),
    ("//shop", "guard.target_segment"),
    ("/shop//x", "guard.target_segment"),
    ("/shop/", "guard.target_segment"),
    ("/shop/é", "guard.target"),
    ("*", "guard.target"),
    ("/shop/x#y", "guard.target"),
]


@pytest.mark.req(2, 12)
@pytest.mark.parametrize(("given", "code"), [case[1:] for case in FRAMING], ids=[case[0] for case in FRAMING])
async def test_framing_that_two_parsers_could_read_differently_is_refused(given: Given, code: str) -> None:
    """Each rule on framing and Host refuses with its own code, 400, and closes the connection."""
    decision = await decide(Guard(Config()), given)
    assert code == decision.code
    assert (200 if code == "ok" else 400) == decision.status
    assert (code != "ok") == decision.request.close


@pytest.mark.parametrize(("target", "code"), TARGETS)
async def test_a_target_has_one_spelling(target: str, code: str) -> None:
    """Dot segments, encoded slashes, controls, empty segments and bad escapes are refused, encoded or plain."""
    assert code == (await decide(Guard(Config()), Given(target=target))).code


@pytest.mark.parametrize("query", [b"a=%00", b"a=%zz", b"a= b", b"a=\xff", b"a=%ff"])
async def test_a_query_is_text_without_controls(query: bytes) -> None:
    """NUL, bad escapes, raw controls and what is not UTF-8 are refused."""
    assert "guard.query" == (await decide(Guard(Config()), Given(query=query))).code


@pytest.mark.parametrize(
    ("hops", "forwarded", "client"),
    [
        (0, "203.0.113.9", "192.0.2.7"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (3, "198.51.100.1, 203.0.113.9", "192.0.2.7"),
        (1, "rubbish", "192.0.2.7"),
        (1, "2001:DB8::1", "2001:db8::1"),
    ],
)
async def test_the_client_is_whom_our_own_proxies_saw(hops: int, forwarded: str, client: str) -> None:
    """Rule 10: as many entries are believed as proxies are ours, counted from the right; else the peer it is."""
    given = Given(headers=(HOST, ("x-forwarded-for", forwarded)))
    assert client == (await decide(Guard(Config(trusted_hops=hops)), given)).request.client_ip


@pytest.mark.req(300)
async def test_identity_and_hop_by_hop_fields_do_not_pass() -> None:
    """Rules 7, 8 and 10: framing, hop-by-hop, those Connection names, and identity are taken out; the rest stays."""
    dropped = ["X-Forwarded-For", "Forwarded", "X-Sluice-Caller", "Remote-User", "Authorization", "TE", "Upgrade"]
    dropped += ["X-Private", "Keep-Alive", "Content-Length", "X_Forwarded_For", "Expect", "Proxy-Authorization"]
    headers = (HOST, *((name, "1") for name in dropped), ("Connection", "close, x-private"), ("Accept", "a/b"))
    decision = await decide(Guard(Config()), Given(headers=headers))
    assert [(b"accept", b"a/b")] == decision.request.onward
