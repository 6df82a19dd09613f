from ipaddress import ip_address

import pytest

from kit.egress import Forbidden, Guard, IPAddress
from kit.egress.addresses import why_not

INSIDE = {
    "127.0.0.1": "loopback",
    "127.8.9.10": "loopback",
    "10.0.0.1": "private",
    "172.16.5.4": "private",
    "192.168.1.1": "private",
    "169.254.169.254": "metadata",
    "168.63.129.16": "metadata",
    "100.100.100.200": "metadata",
    "169.254.7.7": "link_local",
    "100.64.0.1": "carrier_nat",
    "100.127.255.254": "carrier_nat",
    "0.0.0.0": "reserved",
    "0.1.2.3": "reserved",
    "192.0.0.192": "reserved",
    "192.0.2.1": "reserved",
    "192.88.99.1": "reserved",
    "198.18.0.1": "reserved",
    "224.0.0.251": "multicast",
    "239.1.1.1": "multicast",
    "255.255.255.255": "reserved",
    "::1": "loopback",
    "::": "reserved",
    "fe80::1": "link_local",
    "fe80::1%eth0": "link_local",
    "fc00::1": "private",
    "fd00:ec2::254": "metadata",
    "fec0::1": "private",
    "ff02::1": "multicast",
    "::ffff:127.0.0.1": "loopback",
    "::ffff:169.254.169.254": "metadata",
    "::ffff:8.8.8.8": "tunnel",
    "::10.0.0.1": "private",
    "64:ff9b::10.0.0.1": "private",
    "64:ff9b::169.254.169.254": "metadata",
    "64:ff9b:1::a00:1": "tunnel",
    "2002:0a00:0001::1": "private",
    "2002:0808:0808::1": "tunnel",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe": "private",
    "2001:db8::1": "private",
    "2a00:1450:4001:81b:0:5efe:10.0.0.1": "private",
    "100::1": "private",
}
OUTSIDE = ("8.8.8.8", "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::8.8.8.8")


@pytest.mark.parametrize(("address", "reason"), INSIDE.items())
def test_no_address_leads_back_inside(address: str, reason: str) -> None:
    """Private, local, shared, reserved and metadata addresses are refused, also where IPv6 carries them."""
    assert reason == why_not(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_internet_may_be_called(address: str) -> None:
    """A public address is called, and so is one that the network's own translation stands before."""
    assert "" == why_not(ip_address(address))


def test_development_lets_this_machine_pass_and_nothing_else() -> None:
    """Loopback is one's own machine; other private addresses stay refused."""
    assert "" == why_not(ip_address("127.0.0.1"), loopback=True)
    assert "private" == why_not(ip_address("10.0.0.1"), loopback=True)
    assert "loopback" == why_not(ip_address("::ffff:127.0.0.1"), loopback=True)


REFUSED = {
    "http://hooks.example/x": "url_insecure",
    "ftp://hooks.example/x": "url_malformed",
    "https:///x": "url_malformed",
    "https://user:word@hooks.example/": "url_credentials",
    "https://hooks.example/#part": "url_fragment",
    "https://hooks.example:22/": "port_forbidden",
    "https://10.0.0.1/": "address_forbidden",
    "https://[::1]/": "address_forbidden",
    "https://[::ffff:10.0.0.1]/": "address_forbidden",
    "https://hooks.example/a b": "url_malformed",
    "https://hooks.example/\r\nHost: inside": "url_malformed",
    f"https://hooks.example/{'x' * 2_000}": "url_malformed",
    "hooks.example": "url_malformed",
}


@pytest.mark.parametrize(("url", "code"), REFUSED.items())
def test_an_address_is_refused_by_how_it_is_written(url: str, code: str) -> None:
    """Before any name is resolved: no plain HTTP, no credentials, no odd port, no literal that leads inside."""
    with pytest.raises(Forbidden) as refused:
        Guard().target(url)

    assert code == refused.value.code


def test_an_address_is_called_as_it_was_read() -> None:
    """Host in lower case and without umlauts, default port, path with its query; the origin is what people are told."""
    target = Guard().target("https://HOOKS.Bücher.example/a?token=1")

    assert ("hooks.xn--bcher-kva.example", 443, b"/a?token=1") == (target.host, target.port, target.path)
    assert "https://hooks.xn--bcher-kva.example:443" == target.origin


async def test_every_address_of_a_name_has_to_pass() -> None:
    """One private address among public ones refuses the name; so does none at all."""
    found: dict[str, list[str]] = {
        "good.example": ["93.184.216.34"],
        "mixed.example": ["93.184.216.34", "10.0.0.1"],
        "decimal.example": ["127.0.0.1"],
    }

    async def resolve(host: str, port: int) -> list[IPAddress]:
        if host not in found:
            raise OSError(host)
        return [ip_address(each) for each in found[host]]

    guard = Guard(resolve=resolve)

    assert [ip_address("93.184.216.34")] == await guard.addresses("good.example", 443)
    for host, code in {"mixed.example": "address_forbidden", "decimal.example": "address_forbidden"}.items():
        with pytest.raises(Forbidden) as refused:
            await guard.addresses(host, 443)
        assert code == refused.value.code
        assert "10.0.0.1" not in refused.value.detail
    with pytest.raises(Forbidden) as unknown:
        await guard.addresses("nowhere.example", 443)
    assert "host_unknown" == unknown.value.code


@pytest.mark.parametrize("host", ["127.1", "0x7f.0.0.1", "2130706433", "localhost"])
async def test_odd_spellings_of_this_machine_are_seen_through(host: str) -> None:
    """What the machine's resolver takes for an address is looked at as the address it is."""
    guard = Guard()
    target = guard.target(f"https://{host}/")

    with pytest.raises(Forbidden):
        await guard.addresses(target.host, target.port)
