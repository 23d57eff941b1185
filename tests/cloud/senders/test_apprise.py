"""Apprise against a server on loopback, through its json:// scheme."""

from pathlib import Path

import msgspec
import pytest

from cloud.senders.apprise import Apprise
from cloud.senders.sender import Message, SendError
from tests.fakes.sink import Mode, Sink, sink

# Apprise loads a module that Python will drop, where it is still there.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

MESSAGE = Message(
    key="alert-7/2/asha/sms",
    person="Asha",
    address="+919876543210",
    subject="Amba: tank 17 % (limit 20 %)",
    text="The tank at Amba is at 17 %.",
    link="https://evara.example.org/alerts/7",
)
TOKEN = "a-token-of-the-provider"


def channel(folder: Path, server: Sink, query: str = "?+Idempotency-Key={key}") -> Apprise:
    file = folder / "provider.url"
    file.write_text(f"json://127.0.0.1:{server.port}/{TOKEN}/{{address}}/{query}\n")
    return Apprise(name="sms", url_file=file)


async def test_a_message_goes_to_its_address_with_its_key(tmp_path: Path) -> None:
    async with sink() as provider:
        await channel(tmp_path, provider).send(MESSAGE)
    (taken,) = provider.taken
    assert taken.path == f"/{TOKEN}/+919876543210/"
    assert taken.key == MESSAGE.key
    assert taken.document["title"] == MESSAGE.subject
    assert taken.document["message"] == f"{MESSAGE.text}\n{MESSAGE.link}"


async def test_an_sms_says_subject_and_link_in_two_parts(tmp_path: Path) -> None:
    async with sink() as provider:
        sms = msgspec.structs.replace(channel(tmp_path, provider), sms_parts_a_day=10)
        await sms.send(MESSAGE)
        await sms.send(msgspec.structs.replace(MESSAGE, subject="टंकी " * 100))
    first, second = (one.document["message"] for one in provider.taken)
    assert first == f"{MESSAGE.subject} {MESSAGE.link}"
    assert len(second) <= 134
    assert second.endswith(f"... {MESSAGE.link}")


@pytest.mark.parametrize("mode", [Mode.BROKEN, Mode.TOO_MANY])
async def test_the_providers_answer_is_kept_and_no_secret(
    tmp_path: Path, mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    async with sink() as provider:
        sms = channel(tmp_path, provider)
        provider.modes[f"/{TOKEN}/+919876543210/"] = mode
        with pytest.raises(SendError, match=str(mode.value)) as caught:
            await sms.send(MESSAGE)
    assert not caught.value.permanent
    assert TOKEN not in f"{caught.value} {sms!r} {caplog.text}"


async def test_a_provider_that_is_away(tmp_path: Path) -> None:
    async with sink() as provider:
        sms = channel(tmp_path, provider)
    with pytest.raises(SendError, match="onnection"):
        await sms.send(MESSAGE)


async def test_tls_that_is_not_verified_is_refused(tmp_path: Path) -> None:
    async with sink() as provider:
        with pytest.raises(SendError, match="verify=no"):
            await channel(tmp_path, provider, "?verify=no").send(MESSAGE)
    assert provider.taken == []


async def test_what_apprise_cannot_use(tmp_path: Path) -> None:
    file = tmp_path / "provider.url"
    file.write_text("nosuchscheme://secret-of-somebody/{address}")
    with pytest.raises(SendError, match="correct the file") as caught:
        await Apprise(name="sms", url_file=file).send(MESSAGE)
    assert "secret-of-somebody" not in str(caught.value)


ADDRESSES = ["", "a/b", "+91,+92", "a b", "a?b=c", "x" * 129]


@pytest.mark.parametrize("address", ADDRESSES)
async def test_an_address_is_one_and_stays_in_its_place(tmp_path: Path, address: str) -> None:
    async with sink() as provider:
        with pytest.raises(SendError, match="is no address") as caught:
            await channel(tmp_path, provider).send(msgspec.structs.replace(MESSAGE, address=address))
    assert caught.value.permanent
    assert provider.taken == []


def test_what_cannot_work(tmp_path: Path) -> None:
    file = tmp_path / "provider.url"
    ((setting, _),) = Apprise(name="sms", url_file=file).mistakes()
    assert setting == "url_file"
    file.write_text("a token alone")
    ((_, sentence),) = Apprise(name="sms", url_file=file).mistakes()
    assert "tgram://TOKEN/{address}" in sentence
    assert "a token alone" not in sentence
