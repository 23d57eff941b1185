"""Signed webhooks against a real server on loopback; a receiver checks them as the module says."""

import asyncio
import hashlib
import hmac
import re
import ssl
import time
from pathlib import Path

import msgspec
import pytest

from cloud.senders import webhook
from cloud.senders.sender import ANSWER_LIMIT, Message, SendError
from cloud.senders.webhook import Webhook
from tests.certificates import ServerFiles, make_certificates
from tests.fakes.sink import Mode, Taken, sink

SECRET = "a secret of the receiver's"
LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture
def channel(tmp_path: Path, certificates: ServerFiles) -> Webhook:
    file = tmp_path / "webhook.secret"
    file.write_text(SECRET + "\n")
    return Webhook(name="hook", secret_file=file, allow=LOOPBACK, ca_file=certificates.authority)


def message(address: str, key: str = "alert-7/2/asha/hook") -> Message:
    return Message(
        key=key, person="Asha", address=address, subject="Amba: tank 17 %", text="The tank …", language="hi"
    )


def check(taken: Taken, now_s: float) -> bool:
    """As a receiver would."""
    found = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", taken.headers["evara-signature"])
    assert found is not None
    signed = hmac.new(SECRET.encode(), found[1].encode() + b"." + taken.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signed, found[2]) and abs(now_s - int(found[1])) <= 300


async def test_a_receiver_can_trust_what_it_gets(channel: Webhook) -> None:
    async with sink() as receiver:
        answer = await channel.send(message(f"{receiver.url}/a/b?c=d"))
    (taken,) = receiver.taken
    assert (answer.text, answer.is_delivered) == ("200 the sink says 200", True)
    assert taken.path == "/a/b?c=d"
    assert taken.key == taken.document["key"] == "alert-7/2/asha/hook"
    assert taken.document["subject"] == "Amba: tank 17 %"
    assert check(taken, time.time())


async def test_a_replay_and_a_forgery_are_seen(channel: Webhook) -> None:
    async with sink() as receiver:
        await channel.send(message(receiver.url))
        await channel.send(message(receiver.url))
    first, second = receiver.taken
    assert not check(first, time.time() + 301), "too old"
    assert not check(first._replace(body=first.body.replace(b"17", b"71")), time.time())
    assert first.key == second.key, "known by its key within the five minutes"
    assert first.body == second.body


async def test_tls_is_verified_by_the_name(
    channel: Webhook, certificates: ServerFiles, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    another = tmp_path / "another"
    another.mkdir()
    unknown = make_certificates(another)
    async with sink(context) as receiver:
        await channel.send(message(f"https://localhost:{receiver.port}/"))
        assert receiver.taken[0].headers["host"] == f"localhost:{receiver.port}"
        with pytest.raises(SendError, match="certificate verify failed"):
            await msgspec.structs.replace(channel, ca_file=unknown.authority).send(message(receiver.url))
    assert len(receiver.taken) == 1


ANSWERS = [
    pytest.param(Mode.BROKEN, "500 the sink says 500", False, id="broken is tried again"),
    pytest.param(Mode.TOO_MANY, "429", False, id="too many is tried again"),
    pytest.param(Mode.GONE, "410", True, id="gone is gone"),
    pytest.param(Mode.MOVED, "has moved", True, id="a redirect is not followed"),
    pytest.param(Mode.RESET, "the connection failed", False, id="nothing said is tried again"),
]


@pytest.mark.parametrize(("mode", "sentence", "permanent"), ANSWERS)
async def test_what_a_receiver_may_say(channel: Webhook, mode: Mode, sentence: str, permanent: bool) -> None:
    async with sink() as receiver:
        receiver.modes["/"] = mode
        receiver.retry_after = "7"
        with pytest.raises(SendError, match=sentence) as caught:
            await channel.send(message(receiver.url + "/"))
    assert caught.value.permanent is permanent
    assert caught.value.wait_s == (7.0 if mode in {Mode.TOO_MANY, Mode.BROKEN, Mode.GONE} else None)
    assert len(receiver.taken) == 1


async def test_a_break_after_the_status_is_no_failure(channel: Webhook) -> None:
    async with sink() as receiver:
        receiver.modes["/"] = Mode.OK_THEN_RESET
        answer = await channel.send(message(receiver.url + "/"))
    assert answer.text.startswith("200")


async def test_an_endless_answer_is_cut(channel: Webhook) -> None:
    async with sink() as receiver:
        receiver.modes["/"] = Mode.CHATTY
        with pytest.raises(SendError, match="500 and so on") as caught:
            await channel.send(message(receiver.url + "/"))
    assert len(str(caught.value)) <= ANSWER_LIMIT + 40


REFUSED = [
    pytest.param("http://127.0.0.1:{port}/", id="this machine"),
    pytest.param("http://localhost:{port}/", id="by its name"),
    pytest.param("http://2130706433:{port}/", id="as one number"),
    pytest.param("http://0x7f.1:{port}/", id="in another base"),
    pytest.param("http://[::1]:{port}/", id="in the other protocol"),
    pytest.param("http://[::ffff:127.0.0.1]:{port}/", id="mapped into it"),
    pytest.param("http://[64:ff9b::7f00:1]:{port}/", id="translated into it"),
    pytest.param("https://[64:ff9b:1::7f00:1]/", id="translated into it nearby"),
    pytest.param("https://[::127.0.0.1]/", id="the old way into it"),
    pytest.param("https://[::ffff:0:127.0.0.1]/", id="the stateless way into it"),
    pytest.param("http://0.0.0.0:{port}/", id="whichever machine this is"),
    pytest.param("http://169.254.169.254/latest/meta-data", id="the host's metadata"),
    pytest.param("https://10.1.2.3/", id="a private network"),
    pytest.param("https://192.168.1.1/", id="another"),
    pytest.param("https://100.64.0.1/", id="a carrier's"),
    pytest.param("https://[fe80::1]/", id="link-local"),
    pytest.param("https://[fd00::1]/", id="unique local"),
    pytest.param("https://224.0.0.1/", id="everybody"),
]


@pytest.mark.parametrize("address", REFUSED)
async def test_what_is_not_public_is_refused(channel: Webhook, address: str) -> None:
    strict = msgspec.structs.replace(channel, allow=[])
    async with sink() as receiver:
        with pytest.raises(SendError, match=r"is not public|can't be resolved") as caught:
            await strict.send(message(address.format(port=receiver.port)))
    assert receiver.taken == []
    assert "can't be resolved" in str(caught.value) or caught.value.permanent


async def test_public_addresses_take_no_plain_text(channel: Webhook) -> None:
    with pytest.raises(SendError, match="plain text: use https") as caught:
        await channel.send(message("http://93.184.215.14/"))
    assert caught.value.permanent


WRONG = [
    pytest.param("", "no address", id="nothing"),
    pytest.param("ftp://example.org/", "no address", id="another scheme"),
    pytest.param("https://user:password@example.org/", "remove them", id="a login"),
    pytest.param("https://a..b/", "can't be looked up", id="no name"),
    pytest.param("https://\uff4cocalhost/", "not ASCII", id="letters that only look like it"),
    pytest.param("https://example.org:99999/", "no address", id="no port"),
    pytest.param("https://example.org/\r\nX: y", "no address", id="a line end"),
    pytest.param("https://example.org/" + "x" * 2_000, "shorten", id="too long"),
]


@pytest.mark.parametrize(("address", "sentence"), WRONG)
async def test_what_is_no_address(channel: Webhook, address: str, sentence: str) -> None:
    assert sentence in (webhook.address_mistake(address) or "")
    with pytest.raises(SendError, match=sentence) as caught:
        await channel.send(message(address))
    assert caught.value.permanent
    assert "password" not in str(caught.value).replace("a name or a password", "")


async def test_a_path_may_hold_a_token_and_is_not_shown(channel: Webhook) -> None:
    async with sink() as receiver:
        receiver.modes["/token-of-a-person"] = Mode.BROKEN
        with pytest.raises(SendError) as caught:
            await channel.send(message(f"{receiver.url}/token-of-a-person"))
    assert "token-of-a-person" not in str(caught.value)
    assert SECRET not in repr(channel)


async def test_whoever_waits_can_stop_waiting(channel: Webhook) -> None:
    async with sink() as receiver:
        receiver.modes["/"] = Mode.HANG
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await channel.send(message(receiver.url + "/"))


MISTAKES = [
    pytest.param({"secret_file": Path("/nowhere/secret")}, "secret_file", id="a secret that is gone"),
    pytest.param({"allow": ["192.168.1.1/24"]}, "allow", id="a network with a host in it"),
    pytest.param({"allow": ["home"]}, "allow", id="no network"),
    pytest.param({"ca_file": Path("/nowhere/ca.pem")}, "ca_file", id="an authority that is gone"),
]


@pytest.mark.parametrize(("fields", "setting"), MISTAKES)
def test_what_cannot_work(channel: Webhook, fields: dict[str, object], setting: str) -> None:
    assert list(channel.mistakes()) == []
    assert [place for place, _ in msgspec.structs.replace(channel, **fields).mistakes()] == [setting]


def test_a_short_secret_is_no_secret(channel: Webhook) -> None:
    channel.secret_file.write_text("short")
    ((setting, sentence),) = channel.mistakes()
    assert setting == "secret_file"
    assert "fewer than 16" in sentence
