"""Who signs in, and how."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from cloud.store.tables.schema import metadata, of_organisation

person = Table(
    "person",
    metadata,
    Column("id", Integer, primary_key=True),
    of_organisation(),
    Column("name", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),  # argon2id; "": signs in nowhere
    Column("role", Text, nullable=False),  # administrator, contact; more follow
    Column("created_at", BigInteger, nullable=False),
    Column("language", Text, nullable=False, server_default="en"),  # in which messages are worded
    Column("away_from", BigInteger),  # null: not away
    Column("away_to", BigInteger),  # null with it
    Column("deputy_id", Integer),  # told instead meanwhile: a person; null: nobody
)

session = Table(
    "session",
    metadata,
    Column("digest", Text, primary_key=True),  # SHA-256 of the cookie: a stolen table signs nobody in
    of_organisation(),
    Column("person_id", Integer, ForeignKey("person.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "person_id"),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", Integer, primary_key=True),
    of_organisation(),
    Column("person_id", Integer, ForeignKey("person.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),  # SHA-256 of the token
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),  # null: never
    Column("last_used_at", BigInteger),  # to the hour; null: never used
)

# Failed sign-ins, so that guessing slows down in every process alike.
sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("name", Text, primary_key=True),  # as typed, cut to 128 characters
    Column("count", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)
