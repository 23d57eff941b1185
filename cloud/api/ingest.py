"""The HTTPS door for gateways: the same messages as over MQTT, the same ledger behind them."""

import base64
import binascii
import contextlib
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency

from cloud.api.authentication import OPEN
from cloud.api.pages import PACKED
from cloud.api.parameters import Clock
from cloud.errors import NotSignedIn
from cloud.identity import secrets
from cloud.ingest import waiting
from cloud.ingest.door import Door
from cloud.store import gateways
from cloud.store.database import Database
from protocol import codec
from protocol.messages import Answer, Down, Welcome
from protocol.topics import GATEWAY_ID

_JSON = b"{"


@post("/ingest", opt=OPEN | {PACKED: True}, status_code=200, request_max_body_size=codec.PAYLOAD_LIMIT)
async def ingest(
    request: Request[Any, Any, Any],
    database: NamedDependency[Database],
    door: NamedDependency[Door],
    clock: NamedDependency[Clock],
) -> Response[bytes]:
    """HTTP Basic with the gateway's credential; the body is any `up/` payload. JSON is answered in JSON."""
    gateway, secret = _read_basic(request.headers.get("authorization", ""))
    async with database.reading() as connection:
        kept = await gateways.secret_hash_of(connection, gateway)
    # A credential that holds 256 random bits is not guessed: no slow-down is needed here.
    if kept is None or not secrets.is_secret(secret, kept):
        raise NotSignedIn("this credential is not known or revoked: run evara-cloud gateway add")
    payload = await request.body()
    down = await door.enter(gateway, payload)
    messages: list[Down] = [] if down is None else [down]
    # Batches are many and their answers cheap: what waits for the gateway goes with its state messages.
    if down is None or isinstance(down, Welcome):
        async with database.reading() as connection:
            messages += await waiting.of_gateway(connection, gateway, door.incarnation, clock())
    answer = Answer(server_time=clock(), messages=messages)
    if payload[:1] == _JSON:
        return Response(codec.encode_json(answer), media_type="application/json")
    return Response(codec.compress(codec.encode(answer)), media_type="application/msgpack")


def _read_basic(header: str) -> tuple[str, str]:
    """The gateway id and the secret of an Authorization header."""
    scheme, _, packed = header.partition(" ")
    pair = ""
    if scheme.lower() == "basic" and len(packed) <= 1024:
        with contextlib.suppress(binascii.Error, UnicodeDecodeError):
            pair = base64.b64decode(packed, validate=True).decode()
    gateway, colon, secret = pair.partition(":")
    if not colon or not GATEWAY_ID.fullmatch(gateway):
        raise NotSignedIn("send the gateway's credential by HTTP Basic")
    return gateway, secret
