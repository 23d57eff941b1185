"""Sign-in and sign-out, the password, API tokens."""

from typing import Annotated

import msgspec
from litestar import Response, delete, get, post, put
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import JSONBody

from cloud.api.authentication import COOKIE, OPEN
from cloud.api.parameters import Clock, Id
from cloud.api.shapes import NewToken, Organisation, Person, SessionAnswer, Token
from cloud.identity.sign_in import PASSWORD_LIMIT, SESSION_MS, SignIn
from cloud.identity.tokens import delete_token, make_token
from cloud.store import sessions
from cloud.store.database import Database
from cloud.store.sessions import Signed
from protocol.limits import Count, Name, Text

Password = Annotated[str, msgspec.Meta(max_length=PASSWORD_LIMIT)]


class Credentials(msgspec.Struct, forbid_unknown_fields=True):
    name: Text
    password: Password


class PasswordChange(msgspec.Struct, forbid_unknown_fields=True):
    old: Password
    new: Password


class TokenWish(msgspec.Struct, forbid_unknown_fields=True):
    name: Name
    expires_at: Count | None = None  # ms UTC; null: never


@post("/session", opt=OPEN, status_code=200)
async def sign_in(
    data: JSONBody[Credentials],
    people: NamedDependency[SignIn],
    clock: NamedDependency[Clock],
    is_secure: NamedDependency[bool],
) -> Response[SessionAnswer]:
    now = clock()
    signed, cookie = await people.sign_in(data.name, data.password, now)
    return Response(_answer(signed, now), cookies=[_cookie(cookie, is_secure)])


@get("/session")
async def read_session(signed: NamedDependency[Signed], clock: NamedDependency[Clock]) -> SessionAnswer:
    return _answer(signed, clock())


@delete("/session", status_code=204)
async def sign_out(
    signed: NamedDependency[Signed], database: NamedDependency[Database], is_secure: NamedDependency[bool]
) -> Response[None]:
    async with database.writing() as connection:
        await sessions.end_session(connection, signed.session or "")
    gone = _cookie("", is_secure)
    gone.max_age = 0
    return Response(None, status_code=204, cookies=[gone])


@put("/password", status_code=204)
async def change_password(
    data: JSONBody[PasswordChange],
    signed: NamedDependency[Signed],
    people: NamedDependency[SignIn],
    clock: NamedDependency[Clock],
) -> None:
    """Every other session of this person ends."""
    await people.change_password(signed, data.old, data.new, clock())


@get("/tokens")
async def list_tokens(signed: NamedDependency[Signed], database: NamedDependency[Database]) -> list[Token]:
    async with database.reading() as connection:
        rows = await sessions.tokens_of(connection, signed.organisation_id, signed.person_id)
    return [
        Token(id=key, name=name, created_at=created_at, expires_at=expires_at)
        for key, name, created_at, expires_at in rows
    ]


@post("/tokens")
async def add_token(
    data: JSONBody[TokenWish],
    signed: NamedDependency[Signed],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> NewToken:
    """A token reads what its person may read; it changes nothing. Its text is shown this once."""
    now = clock()
    key, token = await make_token(database, signed, data.name, data.expires_at, now)
    return NewToken(id=key, name=data.name, created_at=now, expires_at=data.expires_at, token=token)


@delete("/tokens/{token_id:int}", status_code=204)
async def remove_token(
    token_id: Id, signed: NamedDependency[Signed], database: NamedDependency[Database]
) -> None:
    await delete_token(database, signed, token_id)


def _answer(signed: Signed, now: int) -> SessionAnswer:
    return SessionAnswer(
        person=Person(id=signed.person_id, name=signed.name, role=signed.role),
        organisation=Organisation(id=signed.organisation_id, name=signed.organisation),
        server_time=now,
    )


def _cookie(value: str, is_secure: bool) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=value,
        path="/",
        max_age=SESSION_MS // 1000,
        httponly=True,
        samesite="strict",
        secure=is_secure,
    )
