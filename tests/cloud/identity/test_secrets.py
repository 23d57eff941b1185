"""Secrets: what fits, what does not, and that the form is mosquitto's own."""

import subprocess
from pathlib import Path

import pytest

from cloud.identity import secrets
from tests.servers import Missing, find


def test_a_secret_fits_only_its_own_hash() -> None:
    kept = secrets.hash_secret("right")
    assert secrets.is_secret("right", kept)
    assert not secrets.is_secret("wrong", kept)
    assert kept != secrets.hash_secret("right"), "each has a salt of its own"


@pytest.mark.parametrize(
    "kept",
    ["", "right", "$7$", "$6$101$AA==$AA==", "$7$0$AA==$AA==", "$7$x$AA==$AA==", "$7$9999999$AA==$AA=="],
)
def test_what_is_no_hash_fits_nothing(kept: str) -> None:
    assert not secrets.is_secret("right", kept)


def test_mosquitto_makes_the_same_form(tmp_path: Path) -> None:
    try:
        program = find("mosquitto_passwd", "mosquitto")
    except Missing as missing:
        pytest.skip(str(missing))
    file = tmp_path / "passwords"
    file.touch()
    subprocess.run([program, "-b", str(file), "amba", "right"], check=True, capture_output=True)
    assert secrets.is_secret("right", file.read_text().strip().partition(":")[2])


async def test_a_password_fits_only_its_own_hash() -> None:
    kept = await secrets.hash_password("right")
    assert await secrets.is_password("right", kept)
    assert not await secrets.is_password("wrong", kept)
    assert not await secrets.is_password("right", None), "nobody of that name"
