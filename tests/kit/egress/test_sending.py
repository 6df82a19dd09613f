import asyncio
import ssl
from ipaddress import ip_address

import pytest

from kit.egress import Failed, Guard, IPAddress, Sender
from tests.kit.egress.receiver import Answer, Heard, Receiver, certified, receiving, resetting, saying

HOST = "hooks.partner.example"


class Names:
    """A resolver that leads every name to this machine, or where it is told to lead the next question."""

    def __init__(self, *then: str) -> None:
        self.then = list(then)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[IPAddress]:
        self.asked.append(host)
        return [ip_address(self.then.pop(0) if len(self.then) > 1 else self.then[0])]


def sender(names: Names, tls: ssl.SSLContext, **more: float) -> Sender:
    """One that may call this machine."""
    return Sender(Guard(loopback=True, resolve=names), tls=tls, deadline_s=more.get("deadline_s", 2.0))


async def post(one: Sender, receiver: Receiver, path: str = "/in?key=1") -> int:
    """A body to the receiver by its name."""
    try:
        url = f"https://{HOST}:{receiver.port}{path}"
        return (await one.post(url, headers={"webhook-id": "msg_1"}, body=b'{"type":"ping"}')).status
    finally:
        await one.close()


async def test_the_name_stays_in_host_sni_and_certificate() -> None:
    """The connection goes to the checked address, and the receiver hears the name it is called by."""
    server, client = certified(HOST)
    async with receiving(server) as receiver:
        assert 204 == await post(sender(Names("127.0.0.1"), client), receiver)

        (heard,) = receiver.heard
        assert ("POST /in?key=1 HTTP/1.1", b'{"type":"ping"}') == (heard.line, heard.body)
        assert f"{HOST}:{receiver.port}" == heard.headers["host"]
        assert [HOST] == receiver.names
        assert {"webhook-id", "content-length"} <= set(heard.headers)


async def test_a_certificate_of_another_name_is_not_believed() -> None:
    """Whoever stands at the address without the name's certificate hears nothing of the body."""
    server, client = certified("other.example")
    async with receiving(server) as receiver:
        with pytest.raises(Failed) as failed:
            await post(sender(Names("127.0.0.1"), client), receiver)

    assert "tls" == failed.value.code
    assert [] == receiver.heard


async def test_a_name_that_leads_elsewhere_between_two_questions_leads_nowhere() -> None:
    """Rebinding: there is one question for each call, and what it answered is both checked and called."""
    server, client = certified(HOST)
    async with receiving(server) as receiver:
        names = Names("127.0.0.1", "10.0.0.1")
        one = Sender(Guard(loopback=True, resolve=names), tls=client, deadline_s=2)
        url = f"https://{HOST}:{receiver.port}/"

        assert 204 == (await one.post(url, headers={}, body=b"{}")).status
        with pytest.raises(Failed) as failed:
            await one.post(url, headers={}, body=b"{}")
        await one.close()

    assert ("address_forbidden", 2, 1) == (failed.value.code, len(names.asked), len(receiver.heard))


async def test_a_redirect_is_an_answer_and_not_a_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody follows it; and no proxy of the environment is asked."""
    server, client = certified(HOST)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    async with receiving(server) as receiver:
        receiver.says = [
            saying(b"HTTP/1.1 302 Found\r\nLocation: https://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")
        ]
        assert 302 == await post(sender(names := Names("127.0.0.1"), client), receiver)

    assert [HOST] == names.asked


async def dripping(_heard: Heard, writer: asyncio.StreamWriter) -> None:
    """A head that never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(40):
        writer.write(b"x-more: 1\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def silent(_heard: Heard, writer: asyncio.StreamWriter) -> None:
    """Take the request and say nothing for longer than anybody waits."""
    await asyncio.sleep(1)


@pytest.mark.parametrize(
    ("says", "code"),
    [
        pytest.param(silent, "timeout", id="silent"),
        pytest.param(dripping, "timeout", id="dripping"),
        pytest.param(resetting, "cut_off", id="resetting"),
        pytest.param(saying(b"SSH-2.0-OpenSSH_9.2\r\n"), "cut_off", id="no HTTP"),
    ],
)
async def test_whatever_is_no_answer_ends_in_time(says: Answer, code: str) -> None:
    """The deadline holds over all of it, and each way to fail has a name."""
    server, client = certified(HOST)
    async with receiving(server) as receiver:
        receiver.says = [says]
        with pytest.raises(Failed) as failed:
            await post(sender(Names("127.0.0.1"), client, deadline_s=0.3), receiver)

    assert code == failed.value.code


async def test_nobody_listens() -> None:
    """A port that nobody listens on is unreachable."""
    _, client = certified(HOST)
    async with receiving() as gone:
        port = gone.port
    with pytest.raises(Failed) as failed:
        await post(sender(Names("127.0.0.1"), client), Receiver(port=port))

    assert "unreachable" == failed.value.code


async def test_an_answer_is_read_to_a_bound() -> None:
    """A body of megabytes costs a kilobyte, and signs that are no text are none in the log."""
    server, client = certified(HOST)
    body = b"no\x00thing \xff " + b"x" * 4_000_000
    async with receiving(server) as receiver:
        receiver.says = [saying(b"HTTP/1.1 500 Oops\r\nContent-Length: %d\r\n\r\n" % len(body) + body)]
        one = sender(Names("127.0.0.1"), client)
        answer = await one.post(f"https://{HOST}:{receiver.port}/", headers={}, body=b"{}")
        await one.close()

    assert (500, 1_024) == (answer.status, len(answer.excerpt))
    assert answer.excerpt.startswith("no thing \ufffd x")


async def test_a_broken_body_takes_nothing_from_the_answer() -> None:
    """The status came; what was promised after it is only for the log."""
    server, client = certified(HOST)
    async with receiving(server) as receiver:
        receiver.says = [saying(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")]

        assert 200 == await post(sender(Names("127.0.0.1"), client), receiver)
