"""What a database's error says about whom: the database, the moment, or the content."""

from sqlalchemy.exc import DBAPIError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# What the call of a database may raise: SQLAlchemy's errors, and what passes it from below.
ERRORS = (SQLAlchemyError, OSError, TimeoutError, OverflowError)

# Deadlock, serialization failure, lock timeout: the same work may go through a moment later.
_TRANSIENT = {"40P01", "40001", "55P03"}
# Connection, resources (a full disk), shutdown, system.
_OUT_OF_REACH = {"08", "53", "57", "58"}
# A value out of its type's range, a null or a check; not keys: those are ours to keep.
_CONTENT = {"23502", "23514"}
_CONTENT_SQLITE = {
    "SQLITE_CONSTRAINT_CHECK",
    "SQLITE_CONSTRAINT_NOTNULL",
    "SQLITE_CONSTRAINT_TRIGGER",
    "SQLITE_MISMATCH",
    "SQLITE_TOOBIG",
}


def is_transient(error: Exception) -> bool:
    """Whether the same transaction may go through a moment later."""
    return _state(error) in _TRANSIENT


def is_out_of_reach(error: Exception) -> bool:
    """Whether the database itself, not what was asked of it, is the trouble."""
    if isinstance(error, OSError | TimeoutError | PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = _state(error)
    # SQLite has no states: its operational errors are a full disk, I/O, a lock that did not come free.
    # PostgreSQL's internal errors without one are the driver's, of a connection that broke in mid-word.
    return (
        error.connection_invalidated
        or state[:2] in _OUT_OF_REACH
        or (isinstance(error, OperationalError | InternalError) and not state)
    )


def is_missing_partition(error: Exception) -> bool:
    """Whether a reading fell on a day that has no partition."""
    return _state(error) == "23514" and "no partition" in str(error)


def is_of_the_moment(error: Exception) -> bool:
    """Whether the same rows may be taken later: the content is not at fault, nor are we."""
    return is_transient(error) or is_out_of_reach(error) or is_missing_partition(error)


def is_of_content(error: Exception) -> bool:
    """Whether what was to be stored can't be, now or ever."""
    state = _state(error)
    if state:
        return state[:2] == "22" or (state in _CONTENT and not is_missing_partition(error))
    name = getattr(getattr(error, "orig", None), "sqlite_errorname", "")
    return isinstance(error, OverflowError) or name in _CONTENT_SQLITE


def _state(error: Exception) -> str:
    """PostgreSQL's SQLSTATE, "" where there is none."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""
