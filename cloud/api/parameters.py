"""What paths and queries may hold, with its limits."""

from collections.abc import Callable
from typing import Annotated

from litestar.params import PathParameter, QueryParameter

_LARGEST_ID = 2**31 - 1  # of the tables' ids

Clock = Callable[[], int]  # now, ms UTC

Id = Annotated[int, PathParameter(ge=1, le=_LARGEST_ID)]
SiteFilter = Annotated[
    int | None,
    QueryParameter(name="site", required=False, ge=1, le=_LARGEST_ID, description="of this site only"),
]
