"""The dashboard's files. Assets are named by their content and kept for ever; the page itself never is."""

import gzip
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

DIRECTORY = Path(__file__).parent.parent / "dashboard" / "static"

PACKED = "is_packed"  # as `opt` of a route: its answers are compressed already, or need not be

_SMALL = 512  # bytes; below it compression gains nothing
_COMPRESSED = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_NOT_BUILT = b"The dashboard is not built. Run make setup in a checkout; the packaged form brings it along.\n"


class Page(msgspec.Struct, frozen=True):
    content: bytes
    packed: bytes | None  # gzip of it; None: not worth it
    media_type: str


class Pages(msgspec.Struct, frozen=True):
    """Everything below the directory, read once at start: under a megabyte, and no disk is waited for."""

    by_path: Mapping[str, Page]

    def asset(self, path: str) -> Page | None:
        return self.by_path.get(f"assets/{path}")

    def page(self, path: str) -> Page:
        """The file at this path, else the application, which has the addresses of its own."""
        index = self.by_path.get("index.html") or Page(_NOT_BUILT, None, "text/plain; charset=utf-8")
        return self.by_path.get(path) or index


def read_pages(directory: Path) -> Pages:
    files = [file for file in directory.rglob("*") if file.is_file() and not file.name.startswith(".")]
    return Pages({str(file.relative_to(directory)): _read(file) for file in files})


def _read(file: Path) -> Page:
    content = file.read_bytes()
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    packed = gzip.compress(content, 9, mtime=0) if media_type.startswith(_COMPRESSED) else None
    return Page(content, packed if packed and len(content) > _SMALL else None, media_type)


@get("/assets/{path:path}", opt={PACKED: True}, include_in_schema=False, sync_to_thread=False)
def read_asset(
    path: FromPath[str], request: Request[Any, Any, Any], pages: NamedDependency[Pages]
) -> Response[bytes]:
    found = pages.asset(path.lstrip("/"))
    if found is None:
        raise NotFoundException
    return _send(found, request, _FOR_EVER)


@get(["/", "/{path:path}"], opt={PACKED: True}, include_in_schema=False, sync_to_thread=False)
def read_page(
    request: Request[Any, Any, Any], pages: NamedDependency[Pages], path: FromPath[str] = ""
) -> Response[bytes]:
    wanted = path.strip("/")
    if wanted == "api" or wanted.startswith(("api/", "assets/", "health/")):
        raise NotFoundException
    return _send(pages.page(wanted), request, "no-cache")


def _send(page: Page, request: Request[Any, Any, Any], keep: str) -> Response[bytes]:
    headers = {**_HEADERS, "cache-control": keep, "vary": "accept-encoding"}
    if page.packed and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            page.packed, media_type=page.media_type, headers={**headers, "content-encoding": "gzip"}
        )
    return Response(page.content, media_type=page.media_type, headers=headers)
