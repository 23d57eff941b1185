"""What paths, queries and bodies may hold, with its limits."""

from collections.abc import Callable
from typing import Annotated

import msgspec
from litestar.params import PathParameter, QueryParameter

from cloud.errors import Invalid
from protocol.reading import EARLIEST_AT, LATEST_AT

_LARGEST_ID = 2**31 - 1  # of the tables' ids

Clock = Callable[[], int]  # now, ms UTC
Moment = Annotated[int, msgspec.Meta(ge=EARLIEST_AT, le=LATEST_AT)]  # ms UTC

Key = Annotated[int, msgspec.Meta(ge=1, le=_LARGEST_ID)]  # an id in a body
Id = Annotated[int, PathParameter(ge=1, le=_LARGEST_ID)]
SiteFilter = Annotated[
    int | None,
    QueryParameter(name="site", required=False, ge=1, le=_LARGEST_ID, description="of this site only"),
]
Cursor = Annotated[
    str | None, QueryParameter(required=False, max_length=160, description="`next` of the page before")
]


def read_number(cursor: str) -> int:
    """The number that a cursor is. Raises Invalid."""
    if not cursor.isdecimal() or not cursor.isascii() or len(cursor) > 18:
        raise Invalid("cursor: take `next` of the page before as it is")
    return int(cursor)
