"""Errors as answers: one table from kind to status, a sentence, and a reference that the log has too."""

import secrets
from typing import Any

import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from cloud.api.shapes import Problem
from cloud.errors import (
    CloudError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    TooMany,
    Unready,
)
from cloud.store.faults import is_out_of_reach

log = structlog.get_logger()

_STATUS: dict[type[CloudError], int] = {
    Invalid: 400,
    NotSignedIn: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooMany: 429,
    Unready: 503,
}
_SENTENCES = {
    404: "there is nothing at this address",
    405: "this address does not take this method",
    413: "the body is too large",
    500: "the server failed at this; tell its operator the reference",
}
# Litestar raises a plain 500 with these words for a request whose body never came to its end.
_LEFT = "client disconnected prematurely"
_CLIENT_LEFT = 499  # as nginx writes it in its logs; nobody reads the answer
_UNREADABLE = (UnicodeDecodeError, RecursionError)  # of bodies: nothing else here decodes what others wrote
_AWAY = "the database can't be reached at the moment; try again in a few seconds"


def explain(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The answer to an error of any kind."""
    status, detail, headers = _read(error)
    reference = secrets.token_hex(4)
    told = {"status": status, "method": request.method, "path": request.url.path, "reference": reference}
    if status == 500:
        log.error("request failed", exc_info=error, **told)
    else:
        log.info("request refused", cause=detail, **told)
    return Response(
        Problem(detail=detail, reference=reference),
        status_code=status,
        media_type=MediaType.JSON,
        headers=headers,
    )


def _read(error: Exception) -> tuple[int, str, dict[str, str]]:
    if isinstance(error, CloudError):
        headers = {"retry-after": str(int(error.after_s) + 1)} if isinstance(error, TooMany) else {}
        return _STATUS[type(error)], str(error), headers
    if isinstance(error, _UNREADABLE):
        return 400, "the body can't be read: send JSON in UTF-8, and not nested without end", {}
    if isinstance(error, HTTPException) and error.detail == _LEFT:
        return _CLIENT_LEFT, "the client left in the middle of its request", {}
    if isinstance(error, HTTPException):
        return error.status_code, _sentence(error), dict(error.headers or {})
    if is_out_of_reach(error):
        return 503, _AWAY, {"retry-after": "5"}
    return 500, _SENTENCES[500], {}


def _sentence(error: HTTPException) -> str:
    """Litestar's own words only where they say what is wrong with the request."""
    if error.status_code in _SENTENCES:
        return _SENTENCES[error.status_code]
    faults = [
        f"{_written(fault.get('key', 'body'))}: {fault['message']}"
        for fault in error.extra or []
        if isinstance(fault, dict) and "message" in fault
    ]
    return "; ".join(faults) or error.detail


def _written(name: str) -> str:
    """A parameter as the address has it: `state` is a word of Litestar's."""
    return "state" if name == "which" else name


HANDLERS: ExceptionHandlersMap = {Exception: explain}
