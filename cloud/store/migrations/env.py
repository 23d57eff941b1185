"""What Alembic runs: migrations on the connection that store/migrate.py hands over."""

from alembic import context

from cloud.store.tables import alerting, batches, notifying, people, readings, rules, sites
from cloud.store.tables.schema import metadata

# Every module of tables has to be loaded for the metadata to be whole.
TABLES = (
    alerting.alert,
    batches.ledger,
    notifying.notification,
    people.person,
    readings.reading,
    rules.rule_version,
    sites.site,
)


def _is_ours(name: str | None, kind: str, _: object) -> bool:
    """The partitions of `reading` are tables to PostgreSQL, not to the schema."""
    return not (kind == "table" and name is not None and name.startswith("reading_"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=_is_ours,
    render_as_batch=True,  # SQLite alters a table by making it anew
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
