"""A key's file, and that no error shows a key."""

from pathlib import Path

import pytest

from firmware_bridge.key_file import read_key
from firmware_bridge.source import SourceError

KEY = "SECRETKEY0000001"


def read(path: Path) -> str:
    return read_key("device oht-1", "key_file", str(path), "[A-Z0-9]{1,64}", "letters and digits")


def test_a_key_alone(tmp_path: Path) -> None:
    (tmp_path / "a.key").write_text(f" {KEY}\r\n")
    assert read(tmp_path / "a.key") == KEY


@pytest.mark.parametrize("content", [b"", f"{KEY} {KEY}".encode(), KEY.encode() * 100, b"\xff\xfe"])
def test_what_is_no_key(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.key").write_bytes(content)
    with pytest.raises(SourceError, match=r"a\.key holds no key: letters and digits alone are one") as error:
        read(tmp_path / "a.key")
    assert KEY not in str(error.value)


def test_a_key_where_its_file_is_meant(tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match="oht-1: the file that key_file names cannot be read: No such"
    ) as error:
        read(tmp_path / KEY)
    assert KEY not in str(error.value)
