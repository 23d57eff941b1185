"""Clients that were written for ThingSpeak, against a running agent: what they wrote they read back."""

import asyncio
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import requests
import thingspeak  # type: ignore[import-untyped]  # it has no types

from firmware_bridge.fields import Field
from firmware_bridge.thingspeak.thingspeak import ThingSpeak
from tests import agents
from tests.firmware_bridge.taken import Taken
from tests.server import free_port
from tests.waiting import until, until_async

DOOR = """
[gateway]
name = "amba"
[outbox]
path = "outbox.db"
[[sources]]
kind = "thingspeak_door"
name = "door"
listen = "127.0.0.1:{port}"
"""
CHANNEL = """
[[sources.channels]]
id = {id}
write_key = "WRITEKEY0000{id}"
read_key = "READKEY00000{id}"
device = "oht-{id}"
min_interval_s = 0
fields = [
  {{ field = 1, metric = "temperature", unit = "degC" }},
  {{ field = 2, metric = "distance", unit = "cm" }},
]
"""
PYTHON, NODE, ARDUINO, POLLER, EMPTY = CHANNELS = range(4201, 4206)  # a channel for each test
WAIT_S = 5.0  # of the Arduino library for its answer


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of the door of a running agent without a cloud."""
    port = free_port()
    channels = "".join(CHANNEL.format(id=number) for number in CHANNELS)
    with agents.agent(tmp_path_factory.mktemp("agent"), DOOR.format(port=port) + channels) as agent:
        until(lambda: _is_open(port), what=f"the door is open; {agent.log}")
        yield port


def test_the_python_client_writes_and_reads(port: int) -> None:
    writer = thingspeak.Channel(PYTHON, _write_key(PYTHON), timeout=10, server_url=f"http://127.0.0.1:{port}")
    reader = thingspeak.Channel(PYTHON, _read_key(PYTHON), timeout=10, server_url=f"http://127.0.0.1:{port}")
    first = json.loads(writer.update({"field1": "24.5", "field2": 118, "field5": "pump on"}))
    assert first["entry_id"] == 1
    assert first["field2"] == "118"
    assert json.loads(writer.update({"field1": "24.75", "status": "a, b & c"}))["entry_id"] == 2
    feed = json.loads(reader.get({"results": 2, "status": "true"}))
    assert feed["channel"]["last_entry_id"] == 2
    assert [entry["field1"] for entry in feed["feeds"]] == ["24.5", "24.75"]
    assert [entry["field5"] for entry in feed["feeds"]] == ["pump on", None]
    assert feed["feeds"][1]["status"] == "a, b & c"
    assert feed["feeds"][0]["created_at"] == first["created_at"]
    assert [e["field2"] for e in json.loads(reader.get_field(2))["feeds"]] == ["118", None]
    assert json.loads(reader.get_field_last(2))["field2"] == "118"
    assert 0 <= int(json.loads(reader.get_last_data_age(1))["last_data_age"]) < 60
    assert json.loads(reader.view())["name"] == f"oht-{PYTHON}"


def test_the_python_client_in_its_other_formats(port: int) -> None:
    server = f"http://127.0.0.1:{port}"
    in_text = thingspeak.Channel(PYTHON, _write_key(PYTHON), fmt="txt", timeout=10, server_url=server)
    number = in_text.update({"field1": "25"})
    assert int(number) > 0
    assert in_text.get_field_last(1) == "25"
    assert int(in_text.get_last_data_age(1)) < 60
    in_xml = thingspeak.Channel(PYTHON, _read_key(PYTHON), fmt="xml", timeout=10, server_url=server)
    assert f'<entry-id type="integer">{number}</entry-id>' in in_xml.get()
    assert "<field1>25</field1>" in in_xml.get_field_last(1)


def test_the_python_client_without_a_key_is_told_so(port: int) -> None:
    stranger = thingspeak.Channel(PYTHON, timeout=10, server_url=f"http://127.0.0.1:{port}")
    for read in (stranger.get, stranger.view, lambda: stranger.get_field_last(1)):
        with pytest.raises(requests.HTTPError, match="400"):
            read()


def test_the_node_client_with_its_singular_paths(port: int) -> None:
    key = {"key": _read_key(NODE)}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        for value in ("1", "2"):
            written = client.post(
                "/update",
                data={"field1": value, "status": "on"},
                headers={"X-THINGSPEAKAPIKEY": _write_key(NODE)},
            )
        assert written.text == "2"
        below = f"/channels/{NODE}"
        feed = client.get(f"{below}/feed.json", params={**key, "results": "2"})
        assert [entry["field1"] for entry in feed.json()["feeds"]] == ["1", "2"]
        assert feed.headers["access-control-allow-origin"] == "*"
        assert client.get(f"{below}/feed/last.json", params=key).json()["entry_id"] == 2
        assert client.get(f"{below}/field/1.json", params=key).json()["feeds"][0]["field1"] == "1"
        assert client.get(f"{below}/field/1/last.json", params=key).json()["field1"] == "2"
        assert client.get(f"{below}/status.json", params=key).json()["feeds"][0]["status"] == "on"
        assert client.get(f"{below}/feeds.json/", params=key).status_code == 200
        asked_first = client.options(f"{below}/feeds.json")
        assert asked_first.is_success
        assert asked_first.headers["access-control-allow-origin"] == "*"


def test_the_arduino_library_writes_and_reads(port: int) -> None:
    written = _arduino(
        port,
        "POST /update",
        _write_key(ARDUINO),
        "field1=23.50000&lat=17.38500&status=tank full&headers=false",
    )
    assert written == (200, "1")
    assert _arduino(port, f"GET /channels/{ARDUINO}/fields/1/last", _read_key(ARDUINO)) == (200, "23.50000")
    last = f"GET /channels/{ARDUINO}/feeds/last.txt?status=true&location=true"
    status, text = _arduino(port, last, _read_key(ARDUINO))
    assert status == 200
    assert [_arduino_value(text, key) for key in ("field1", "latitude", "status")] == [
        "23.50000",
        "17.38500",
        "tank full",
    ]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", _arduino_value(text, "created_at"))


def test_the_arduino_library_takes_no_answer_for_a_value_that_is_none(port: int) -> None:
    assert _arduino(port, f"GET /channels/{EMPTY}/fields/1/last", "WRONGKEY00000000")[0] == 400
    assert _arduino(port, f"GET /channels/{EMPTY}/fields/1/last", _read_key(EMPTY))[0] == 404
    assert _arduino(port, "POST /update", "WRONGKEY00000000", "field1=1")[0] == 400


async def test_our_own_poller_reads_the_door(port: int, tmp_path: Path) -> None:
    server = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=server, timeout=10) as client:
        for value in ("118", "26,5", "nan"):
            query = {"api_key": _write_key(POLLER), "field2": value}
            assert (await client.get("/update", params=query)).text != "0"
    (tmp_path / "key").write_text(_read_key(POLLER))
    poller = ThingSpeak(
        name="poller",
        channel=POLLER,
        server=server,
        key_file=str(tmp_path / "key"),
        device="oht-1",
        fields=[Field(field=2, metric="distance", unit="cm")],
        every_s=0.1,
    )
    taken = Taken()
    async with asyncio.TaskGroup() as tasks:
        polling = tasks.create_task(poller.feed(taken.put, None))
        await until_async(lambda: len(taken.readings) + len(taken.rejects) >= 3, 30)
        polling.cancel()
    assert [reading.value for reading in taken.readings] == [1.18, None]
    assert ["decimal comma" in reject.reason for reject in taken.rejects] == [True]


def _write_key(channel: int) -> str:
    return f"WRITEKEY0000{channel}"


def _read_key(channel: int) -> str:
    return f"READKEY00000{channel}"


def _is_open(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _arduino(port: int, asked: str, key: str, body: str = "") -> tuple[int, str]:
    """As the library does: lines in pieces of their own, and of the answer only what it looks for.

    Raises what it calls -303, "unable to parse response", as a ValueError.
    """
    lines = [f"{asked} HTTP/1.1", "Host: api.thingspeak.com", "User-Agent: tslib-arduino/2.1.1 (ESP32)"]
    lines += [f"X-THINGSPEAKAPIKEY: {key}"]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    with socket.create_connection(("127.0.0.1", port), WAIT_S) as link, link.makefile("rb") as answer:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for line in [*lines, ""]:
            link.sendall(line.encode())
            link.sendall(b"\r\n")
        link.sendall(body.encode())
        if not answer.read(9) == b"HTTP/1.1 ":
            raise ValueError("the answer does not begin with HTTP/1.1")
        status = int(answer.read(3))
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            piece = answer.read(1)
            if not piece:
                raise ValueError("the answer's head has no end")
            head += piece
        length = re.search(rb"Content-Length: ?(\d+)", head)
        if length is None:
            raise ValueError("the answer has no Content-Length, in this case of letters")
        return status, answer.read(int(length[1])).decode()


def _arduino_value(text: str, key: str) -> str:
    """What stands from three characters behind the key, which are `":"`, to the next quote."""
    begin = text.index(key) + len(key) + 3
    return text[begin : text.index('"', begin)]
