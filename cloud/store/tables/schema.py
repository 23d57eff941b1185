"""What every table is made of, and the two of no site. Times are ms UTC unless a column says otherwise."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Table, Text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

# SQLite gives out row ids only for the type INTEGER; ids that grow with readings or events are 64 bit.
BigId = BigInteger().with_variant(Integer, "sqlite")


def of_organisation() -> Column[int]:
    """Who owns the row: nothing crosses from one organisation to another."""
    return Column("organisation_id", Integer, ForeignKey("organisation.id"), nullable=False)


organisation = Table(
    "organisation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    # A person: told of a critical alert that nobody else can receive; null: nobody. No foreign key, since
    # people belong to organisations already.
    Column("last_resort_id", Integer),
)

# Facts about this database as a whole: `incarnation` (a UUID made with it).
fact = Table(
    "fact",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
