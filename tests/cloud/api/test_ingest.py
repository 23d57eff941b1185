"""The HTTPS door: who may send, what is answered, and in which form."""

import asyncio
import base64
from urllib.parse import urlsplit

import httpx
from structlog.testing import capture_logs

from cloud.store import gateways
from protocol import codec
from protocol.messages import Answer, Batch, Birth, Receipt, Refusal, RefusalCode, Welcome
from protocol.reading import Point, Reading
from tests.cloud.api.conftest import SECRET, Served
from tests.waiting import until_async

POINTS = [Point("oht-1/level", "m", 60.0)]


def batch(number: int, at: int) -> bytes:
    series = codec.pack([Reading("oht-1/level", at, 1.5)], POINTS)
    return codec.encode(Batch(epoch="e1", number=number, points=POINTS, series=series))


async def post(served: Served, body: bytes, login: tuple[str, str] | None = None) -> httpx.Response:
    async with httpx.AsyncClient(base_url=served.url, timeout=20) as client:
        return await client.post(
            "/api/v1/ingest", content=body, auth=login or (served.owners[0].gateway, SECRET)
        )


def read(answer: httpx.Response) -> Answer:
    assert answer.status_code == 200, answer.text
    message = codec.decode(codec.decompress(answer.content))
    assert isinstance(message, Answer)
    return message


async def test_a_batch_is_receipted_and_its_repetition_is_too(served: Served) -> None:
    body = batch(1, served.now())
    for payload in (body, codec.compress(body), body):
        answer = read(await post(served, payload))
        (receipt,) = answer.messages
        assert isinstance(receipt, Receipt)
        assert (receipt.number, receipt.digest, receipt.mark) == (1, codec.digest(body), 1)
        assert abs(answer.server_time - served.now()) < 60_000


async def test_plain_json_is_answered_in_json(served: Served) -> None:
    answer = await post(served, b'{"type":"batch","epoch":"e1","number":1}')
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["messages"][0]["type"] == "receipt"


async def test_a_birth_is_welcomed(served: Served) -> None:
    (welcome,) = read(await post(served, codec.encode(Birth(epoch="e1", session=3)))).messages
    assert isinstance(welcome, Welcome)
    assert (welcome.session, welcome.incarnation, welcome.mark) == (3, "i1", 0)


async def test_what_is_no_message_is_refused_for_good(served: Served) -> None:
    for body in (b"", b"\xff\xff", b"x\x9cno zlib"):
        (refusal,) = read(await post(served, body)).messages
        assert isinstance(refusal, Refusal)
        assert refusal.code is RefusalCode.UNDECODABLE
    answer = (await post(served, b'{"type":"receipt"}')).json()
    assert answer["messages"][0]["code"] == "undecodable", "JSON is answered in JSON, also a refusal"


async def test_who_may_not_send(served: Served) -> None:
    own, other = (owner.gateway for owner in served.owners)
    body = batch(1, served.now())
    for login in ((own, "wrong"), ("nobody-7k3q", SECRET), ("", ""), (own.upper(), SECRET), ("a/b", SECRET)):
        assert (await post(served, body, login)).status_code == 401, login
    async with httpx.AsyncClient(base_url=served.url) as client:
        for header in ({}, {"authorization": "Basic !"}, {"authorization": "Bearer x"}):
            assert (await client.post("/api/v1/ingest", content=body, headers=header)).status_code == 401
        packed = base64.b64encode(b"\xff\xfe:x").decode()
        answer = await client.post(
            "/api/v1/ingest", content=body, headers={"authorization": f"Basic {packed}"}
        )
        assert answer.status_code == 401
    async with served.database.writing() as connection:
        await gateways.revoke(connection, own, served.now())
    assert (await post(served, body)).status_code == 401
    assert read(await post(served, body, (other, SECRET))).messages, "the others go on"


async def test_a_payload_past_the_limit_is_not_read(served: Served) -> None:
    assert (await post(served, b"x" * (codec.PAYLOAD_LIMIT + 1))).status_code == 413
    (refusal,) = read(await post(served, b"\xff" * codec.PAYLOAD_LIMIT)).messages
    assert isinstance(refusal, Refusal)


async def test_a_person_is_no_gateway_and_a_gateway_no_person(served: Served) -> None:
    async with served.browser(0) as client:
        assert (await client.post("/api/v1/ingest", content=batch(1, served.now()))).status_code == 401
    async with httpx.AsyncClient(base_url=served.url, auth=(served.owners[0].gateway, SECRET)) as client:
        assert (await client.get("/api/v1/sites")).status_code == 401


async def test_a_client_that_leaves_in_the_middle_is_one_quiet_line(served: Served) -> None:
    login = base64.b64encode(f"{served.owners[0].gateway}:{SECRET}".encode()).decode()
    start = "POST /api/v1/ingest HTTP/1.1"
    head = f"{start}\r\nHost: a\r\nAuthorization: Basic {login}\r\nContent-Length: 9\r\n\r\n"
    with capture_logs() as lines:
        place = urlsplit(served.url)
        _, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(head.encode() + b"half")
        await writer.drain()
        writer.close()
        await until_async(lambda: lines)
    assert [(line["log_level"], line["status"]) for line in lines] == [("info", 499)]
