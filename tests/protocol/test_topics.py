import pytest

from protocol import topics

NAMES = [
    pytest.param("evara/v1/amba-7k3q/up/batch", ("amba-7k3q", "up/batch"), id="a batch"),
    pytest.param("evara/v1/amba-7k3q/up/state", ("amba-7k3q", "up/state"), id="a state"),
    pytest.param("evara/v1/amba-7k3q/up/result", ("amba-7k3q", "up/result"), id="a result"),
    pytest.param("evara/v1/amba-7k3q/down/receipt", None, id="only the cloud writes receipts"),
    pytest.param("evara/v1/amba-7k3q/up/other", None, id="an unknown leaf"),
    pytest.param("evara/v1/amba-7k3q/up/batch/", None, id="a level too many"),
    pytest.param("evara/v2/amba-7k3q/up/batch", None, id="another version"),
    pytest.param("evara/v1//up/batch", None, id="no gateway"),
    pytest.param("evara/v1/+/up/batch", None, id="a wildcard is no gateway"),
    pytest.param("evara/v1/Amba/up/batch", None, id="ids are lower case"),
    pytest.param("evara/v1/amba\n/up/batch", None, id="a line end is no part of an id"),
    pytest.param("evara/v1/" + "a" * 64 + "/up/batch", None, id="an id of 64 characters"),
    pytest.param("", None, id="nothing"),
]


@pytest.mark.parametrize(("name", "expected"), NAMES)
def test_parse_up(name: str, expected: tuple[str, str] | None) -> None:
    assert topics.parse_up(name) == expected


@pytest.mark.parametrize("leaf", topics.UP)
def test_what_is_built_is_parsed(leaf: str) -> None:
    assert topics.parse_up(topics.topic("amba-7k3q", leaf)) == ("amba-7k3q", leaf)


def test_filters() -> None:
    assert topics.all_gateways(topics.UP_BATCH) == "evara/v1/+/up/batch"
    assert topics.everything_down("amba-7k3q") == "evara/v1/amba-7k3q/down/#"
