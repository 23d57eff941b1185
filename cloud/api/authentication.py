"""Who asks, for every route that does not say it is open; and that a change is asked for by our own pages."""

from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection, Request
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from cloud.errors import Forbidden, Invalid, NotSignedIn
from cloud.identity.sign_in import who
from cloud.store.database import Database
from cloud.store.sessions import Signed

Connection = ASGIConnection[Any, Any, Any, Any]

COOKIE = "evara_session"
OPEN = {"exclude_from_auth": True}  # as `opt` of a route: it judges by itself who may ask
_TOKEN_LIMIT = 256  # characters; ours have 50
_HARMLESS = {"GET", "HEAD", "OPTIONS"}


class Authentication(AbstractAuthenticationMiddleware):
    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        signed = await identify(connection, connection.app.state.database, connection.app.state.clock())
        if signed.session is None and connection.scope.get("method") not in _HARMLESS:
            raise Forbidden("an API token only reads; sign in with a password to change something")
        return AuthenticationResult(user=signed, auth=None)


async def identify(connection: Connection, database: Database, now: int) -> Signed:
    """The person behind a connection's token or cookie. Raises NotSignedIn."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else ""
    cookie = connection.cookies.get(COOKIE)
    if len(token) > _TOKEN_LIMIT or len(cookie or "") > _TOKEN_LIMIT:
        raise NotSignedIn("sign in first")
    return await who(database, cookie, token or None, now)


def require_no_nul(connection: Connection, _: BaseRouteHandler) -> None:
    """A guard: PostgreSQL keeps no NUL, so an address with one names nothing."""
    if "\0" in connection.scope["path"] or b"%00" in connection.scope["query_string"]:
        raise Invalid("an address has no NUL in it: correct it")


def require_own_page(connection: Connection, _: BaseRouteHandler) -> None:
    """A guard: no page of another origin makes a browser change something with its cookie."""
    if connection.scope.get("method") in _HARMLESS:
        return
    if connection.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Invalid("a change is sent as JSON: set Content-Type: application/json")
    require_own_origin(connection)


def require_own_origin(connection: Connection) -> None:
    """Raises Forbidden unless the page that asks came from this server."""
    origin = connection.headers.get("origin", "")
    own = {connection.headers.get("host", ""), urlsplit(connection.app.state.public_url).netloc}
    if not origin or urlsplit(origin).netloc not in own:
        raise Forbidden(
            f"the header Origin is {origin or 'missing'}: changes are taken from this server's own pages only"
        )


def provide_signed(request: Request[Signed, Any, Any]) -> Signed:
    """Who asks, for a handler; the middleware found out."""
    return request.user
