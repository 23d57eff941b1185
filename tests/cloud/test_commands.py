"""The command line: what it makes, what it prints, and that what goes wrong is a sentence."""

import base64
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from cloud import commands, config
from cloud.commands import add_gateway, change_password
from cloud.config import ConfigError, Settings
from cloud.errors import CloudError
from tests import clouds
from tests.certificates import ServerFiles
from tests.clouds import Cloud


def test_commands_work_without_a_server(tmp_path: Path, certificates: ServerFiles) -> None:
    cloud = Cloud(
        tmp_path,
        {"EVARA_PUBLIC_URL": "https://evara.example.org/", "EVARA_CA_FILE": str(certificates.authority)},
    )
    gateway = cloud.add_gateway('Ämba "7"', site="Chikli")
    agent = tomllib.loads(gateway.document)
    assert agent["gateway"]["name"] == 'Ämba "7"'
    assert agent["cloud"] == {
        "url": "https://evara.example.org",
        "credential_file": gateway.credential.name,
        "ca_file": "ca.pem",
    }
    assert gateway.credential.stat().st_mode & 0o777 == 0o600
    assert gateway.credential.read_text() == f"{gateway.id}:{gateway.secret}\n"
    assert len(base64.urlsafe_b64decode(gateway.secret + "=")) == 32
    assert (gateway.credential.parent / "ca.pem").read_bytes() == certificates.authority.read_bytes()
    cloud.revoke(gateway)
    listed = cloud.run("gateway", "list").stdout
    assert gateway.id in listed
    assert "revoked" in listed
    assert (cloud.data_dir / "admin-password").stat().st_mode & 0o777 == 0o600


Command = Callable[[Settings, Path], Awaitable[object]]

WRONG: dict[str, Command] = {
    "no active gateway nobody-7k3q": lambda settings, _: commands.revoke_gateway(settings, "nobody-7k3q"),
    "no such time zone": lambda settings, out: add_gateway(settings, "amba", "Chikli", "Mars/Phobos", out),
    "gateway's name .* printable": lambda settings, out: add_gateway(settings, "a\nb", "Chikli", "UTC", out),
    "site's name .* printable": lambda settings, out: add_gateway(settings, "amba", "", "UTC", out),
    "nobody named nobody": lambda settings, _: change_password(settings, "nobody", "a new password"),
    "10 to 1024 characters": lambda settings, _: change_password(settings, "admin", "short"),
    "embedded one": lambda settings, out: commands.write_mosquitto(settings, out),
}


async def test_what_goes_wrong_with_a_command_is_a_sentence(tmp_path: Path) -> None:
    settings = config.load({"EVARA_DATA_DIR": str(tmp_path / "data")})
    for sentence, command in WRONG.items():
        with pytest.raises(CloudError, match=sentence):
            await command(settings, tmp_path)
    taken = msgspec.structs.replace(settings, listen="0.0.0.0:8080")
    with pytest.raises(ConfigError, match="EVARA_PUBLIC_URL"):
        await add_gateway(taken, "amba", "Chikli", "UTC", tmp_path)


def test_a_sentence_and_no_traceback_is_printed(tmp_path: Path) -> None:
    done = Cloud(tmp_path, {}).run("gateway", "revoke", "nobody-7k3q")
    assert done.returncode == 2
    assert "evara-cloud: there is no active gateway nobody-7k3q" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_lost_password_is_replaced(tmp_path: Path) -> None:
    with clouds.embedded(tmp_path) as cloud, cloud.sign_in() as before:
        assert cloud.run("password", "admin", typed="another password\n").returncode == 0
        assert before.get("/api/v1/session").status_code == 401
        with cloud.sign_in(password="another password") as after:
            assert after.get("/api/v1/session").status_code == 200
