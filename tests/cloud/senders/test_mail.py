"""E-mail against a real SMTP server on loopback, with TLS."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from cloud.senders.mail import Mail, compose, message_id
from cloud.senders.sender import Message, SendError
from tests.certificates import ServerFiles, make_certificates
from tests.fakes.mail_server import PASSWORD, UNKNOWN, USER, mail_server

MESSAGE = Message(
    key="alert-7/2/asha/mail",
    person="Asha",
    address="asha@example.org",
    subject="अंबा: टंकी 17 %",
    text="The tank at Amba is at 17 % (limit 20 %), since 02:10.",
    link="https://evara.example.org/alerts/7",
    language="hi",
)


@pytest.fixture
def credential(tmp_path: Path) -> Path:
    file = tmp_path / "mail.credential"
    file.write_text(f"{USER}:{PASSWORD}\n")
    return file


def channel(
    port: int, credential: Path, files: ServerFiles, security: Literal["starttls", "tls"] = "starttls"
) -> Mail:
    return Mail(
        name="mail",
        host="localhost",
        port=port,
        security=security,
        sender="evara@example.org",
        credential_file=credential,
        ca_file=files.authority,
    )


def wrong(credential: Path, right: Path) -> Path:
    """The file with a wrong password; the right one stands in another."""
    credential.rename(right)
    credential.write_text("evara:wrong-password")
    return credential


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_mail_says_it_all(
    security: Literal["starttls", "tls"], credential: Path, certificates: ServerFiles
) -> None:
    async with mail_server(certificates, security) as server:
        answer = await channel(server.port, credential, certificates, security).send(MESSAGE)
    assert answer.text == "250 2.0.0 queued as 4711"
    assert not answer.is_delivered, "a server took it; whether it reached the mailbox nobody said"
    (mail,) = server.mails
    assert mail["To"] == "asha@example.org"
    assert mail["Subject"] == MESSAGE.subject
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().splitlines() == [MESSAGE.text, "", MESSAGE.link]


async def test_a_second_try_has_the_same_message_id(credential: Path, certificates: ServerFiles) -> None:
    async with mail_server(certificates) as server:
        mail = channel(server.port, credential, certificates)
        await mail.send(MESSAGE)
        await mail.send(MESSAGE)
        await mail.send(msgspec.structs.replace(MESSAGE, key="another"))
    ids = [one["Message-ID"] for one in server.mails]
    assert ids[0] == ids[1] == message_id(MESSAGE.key, "evara@example.org")
    assert ids[2] != ids[0]


TROUBLES = [
    pytest.param("451 4.3.0 try later", False, id="greylisted"),
    pytest.param("452 4.2.2 mailbox full", False, id="a full mailbox"),
    pytest.param("554 5.7.1 looks like spam", True, id="refused for what it says"),
]


@pytest.mark.parametrize(("said", "permanent"), TROUBLES)
async def test_the_servers_own_answer_is_kept(
    said: str, permanent: bool, credential: Path, certificates: ServerFiles
) -> None:
    async with mail_server(certificates) as server:
        server.troubles.append(said)
        with pytest.raises(SendError, match=said) as caught:
            await channel(server.port, credential, certificates).send(MESSAGE)
    assert caught.value.permanent is permanent


async def test_an_unknown_mailbox_is_for_good(credential: Path, certificates: ServerFiles) -> None:
    async with mail_server(certificates) as server:
        with pytest.raises(SendError, match=r"550 5\.1\.1 no such mailbox") as caught:
            await channel(server.port, credential, certificates).send(
                msgspec.structs.replace(MESSAGE, address=UNKNOWN)
            )
    assert caught.value.permanent


async def test_a_wrong_password_can_be_put_right_and_is_never_shown(
    credential: Path, certificates: ServerFiles, tmp_path: Path
) -> None:
    written = tmp_path / "written later"
    async with mail_server(certificates) as server:
        mail = channel(server.port, wrong(credential, written), certificates)
        with pytest.raises(SendError, match="535") as caught:
            await mail.send(MESSAGE)
        written.rename(credential)
        await mail.send(MESSAGE)
    assert not caught.value.permanent, "the messages can wait for the right one"
    assert "wrong-password" not in f"{caught.value} {mail!r}"


async def test_a_server_without_tls_gets_nothing(credential: Path, certificates: ServerFiles) -> None:
    async with mail_server(certificates, "none") as server:
        with pytest.raises(SendError, match="STARTTLS") as caught:
            await channel(server.port, credential, certificates).send(MESSAGE)
    assert server.mails == []
    assert not caught.value.permanent


async def test_a_server_that_nobody_vouches_for_gets_nothing(
    credential: Path, certificates: ServerFiles, tmp_path: Path
) -> None:
    another = tmp_path / "another"
    another.mkdir()
    async with mail_server(make_certificates(another)) as server:
        with pytest.raises(SendError, match="certificate verify failed"):
            await channel(server.port, credential, certificates).send(MESSAGE)
    assert server.mails == []


async def test_a_server_that_is_away_is_named(credential: Path, certificates: ServerFiles) -> None:
    async with mail_server(certificates) as server:
        port = server.port
    with pytest.raises(SendError, match=f"localhost:{port}: ") as caught:
        await channel(port, credential, certificates).send(MESSAGE)
    assert not caught.value.permanent


def test_a_subject_is_one_line_whatever_it_holds() -> None:
    evil = msgspec.structs.replace(MESSAGE, subject="Tank\r\nBcc: everybody@example.org")
    mail = compose(evil, "evara@example.org", datetime(2026, 1, 1, tzinfo=UTC))
    assert mail["Subject"] == "Tank Bcc: everybody@example.org"
    assert mail["Bcc"] is None


ADDRESSES = ["", "asha", "a@b@c", "Asha <a@b.org>", "a@b.org, c@d.org", "a@b.org\r\nBcc: c@d.org"]
ADDRESSES += ["=?utf-8?b?DQo=?=@x.org", "asha@exämple.org"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_no_address_of_one_person(address: str) -> None:
    with pytest.raises(SendError, match=r"is no mail address|can't stand in a mail") as caught:
        compose(
            msgspec.structs.replace(MESSAGE, address=address),
            "evara@example.org",
            datetime(2026, 1, 1, tzinfo=UTC),
        )
    assert caught.value.permanent


MISTAKES = [
    pytest.param({"host": "mail server"}, "host", id="a host with a space"),
    pytest.param({"sender": "Evara"}, "sender", id="a sender without a mailbox"),
    pytest.param({"sender": "evara@exämple.org"}, "sender", id="a sender that no header holds"),
    pytest.param({"ca_file": Path("/nowhere/ca.pem")}, "ca_file", id="an authority that is gone"),
    pytest.param({"credential_file": Path("/nowhere/login")}, "credential_file", id="a login that is gone"),
]


@pytest.mark.parametrize(("fields", "setting"), MISTAKES)
def test_what_cannot_work(fields: dict[str, object], setting: str) -> None:
    mail = Mail(name="mail", host="mail.example.org", sender="evara@example.org")
    assert list(mail.mistakes()) == []
    assert [place for place, _ in msgspec.structs.replace(mail, **fields).mistakes()] == [setting]
