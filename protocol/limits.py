"""What a value on the wire may be at most: checked once, when bytes become a message."""

import sys
from typing import Annotated

from msgspec import Meta

# PostgreSQL stores no NUL, and a text that can't be stored would stall every batch behind it.
Text = Annotated[str, Meta(max_length=1024, pattern=r"^[^\0]*$")]
Name = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[^\0]*$")]
Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Few = Annotated[int, Meta(ge=0, le=2**31 - 1)]
# Finite: neither JSON nor SQLite keeps a NaN. A reading that is not finite is rejected by itself instead.
Number = Annotated[float, Meta(ge=-sys.float_info.max, le=sys.float_info.max)]
Span = Annotated[float, Meta(ge=0, le=86_400)]  # seconds

READINGS_LIMIT = 10_000  # a batch
POINTS_LIMIT = 2_000  # a batch or a birth, and so its series
EVENTS_LIMIT = 2_000  # transitions, losses and thinned buckets of a batch, each; whatever else is listed
RULES_LIMIT = 500  # published in an organisation, and so of a gateway
CALIBRATIONS_LIMIT = 64  # of a derived point
NAMES_LIMIT = 64  # keys of a table

Readings = Meta(max_length=READINGS_LIMIT)
Events = Meta(max_length=EVENTS_LIMIT)
Names = Meta(max_length=NAMES_LIMIT)
