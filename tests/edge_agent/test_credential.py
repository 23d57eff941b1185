"""The credential file: what it must hold, and that no error shows it. `doctor` looks at who may read it."""

from pathlib import Path

import pytest

from edge_agent.config import ConfigError, Credential, load_credential


def test_credential(tmp_path: Path) -> None:
    assert load_credential(credential(tmp_path, "amba-7k3q:s3cret\n")) == Credential("amba-7k3q", "s3cret")


@pytest.mark.parametrize(
    "text",
    ["", "amba-7k3q", "amba-7k3q:", "Amba 7:s3cret", ":s3cret", "amba:a\nb", "amba:" + "a" * 300],
)
def test_no_credential(tmp_path: Path, text: str) -> None:
    path = credential(tmp_path, text)
    with pytest.raises(
        ConfigError, match="this is no credential \\(one line GATEWAY_ID:SECRET\\); copy"
    ) as error:
        load_credential(path)
    assert "s3cret" not in str(error.value).removeprefix(str(path))


def test_credential_that_others_may_read_is_taken(tmp_path: Path) -> None:
    """A site must not fall silent because a memory card knows no owners."""
    path = credential(tmp_path, "amba-7k3q:s3cret")
    path.chmod(0o644)
    assert load_credential(path) == Credential("amba-7k3q", "s3cret")


def test_no_credential_file(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match="the credential file is not there; `evara-cloud gateway add` makes it"
    ):
        load_credential(tmp_path / "none")


def test_credential_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir(mode=0o700)
    with pytest.raises(ConfigError, match="cannot be read \\(Is a directory\\); give it to the agent's user"):
        load_credential(tmp_path / "folder")


def credential(folder: Path, text: str) -> Path:
    path = folder / "a.credential"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    return path
