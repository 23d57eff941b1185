"""What is still worth saying to somebody whom a channel could not reach for a while. Pure.

Of every alert that is still open the newest message is sent, and what it makes old is not. Alerts that are
over are told together in one digest; it grows while the channel stays away.
"""

from collections.abc import Mapping, Sequence

import msgspec

from cloud.alerting.languages.languages import LANGUAGES
from cloud.alerting.languages.words import Words
from cloud.alerting.wording import span
from cloud.store.backlog import CATCH_UP, Left
from cloud.store.notifications import Notification
from protocol.rule import Severity

_SHOWN = 10  # alerts that a digest names; the others are counted


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    speakers: dict[int, int]  # superseded -> the message that speaks for it
    by_digest: frozenset[int]  # superseded: the digest speaks for them
    digest: Notification | None  # None: nothing is over


def plan(left: Sequence[Left], channel: str, person_id: int, address: str, now: int) -> Plan | None:
    """None: all that waits is to be sent as it stands."""
    there = {row.id for row in left}
    # What a message tells that is under way at this moment is told by it.
    news = [row for row in left if row.alert_id is not None and _message(row) in there]
    newest = _newest(news)
    kept = {_message(row): row for row in newest.values() if not row.is_over and _is_waiting(row)}
    old = [row for row in news if _is_waiting(row) and _message(row) not in kept]
    if not old:
        return None
    gone = {_message(row) for row in old}
    ids = {row.id for row in left if _is_waiting(row) and _message(row) in gone}
    over = [row for row in newest.values() if row.is_over]
    if not any(row.id in ids for row in over):
        return _without_digest(left, newest, ids)
    open_ = len(newest) - len(over)
    # What an earlier digest spoke for, and that digest itself, which was not sent yet.
    by_digest = frozenset(ids) | {row.id for row in left if row.occasion == CATCH_UP or not _is_waiting(row)}
    first = min(row.created_at for row in left)
    subjects = {row.id: row.subject for row in left}
    words = LANGUAGES[left[-1].language]
    return Plan(
        speakers={},
        by_digest=by_digest,
        digest=Notification(
            organisation_id=left[0].organisation_id,
            key=f"catch-up {channel} {person_id} {max(by_digest)}",
            alert_id=None,
            member_id="",
            site_id=None,
            counter=0,
            occasion=CATCH_UP,
            severity=max((Severity(row.severity) for row in over), key=lambda one: one.rank),
            person_id=person_id,
            channel=channel,
            address=address,
            language=left[-1].language,
            subject=words.over_meanwhile.format(alerts=words.counted(len(over)), open=open_),
            body=_text(words, over, subjects, open_, now - first),
            created_at=now,
            due_at=now,
            expires_at=max(row.expires_at for row in left),
        ),
    )


def _without_digest(left: Sequence[Left], newest: Mapping[str, Left], ids: set[int]) -> Plan:
    """The newest message of each alert speaks for the older ones."""
    messages = {row.alert_id: _message(row) for row in newest.values()}
    carried = {row.carried_by: messages[row.alert_id] for row in left if row.id in ids and row.alert_id}
    speakers = {
        row.id: messages[row.alert_id] if row.alert_id else carried[row.id] for row in left if row.id in ids
    }
    return Plan(speakers=speakers, by_digest=frozenset(), digest=None)


def _newest(news: Sequence[Left]) -> dict[str, Left]:
    found: dict[str, Left] = {}
    for row in sorted(news, key=lambda one: (one.counter, one.created_at, one.id)):
        found[row.alert_id or ""] = row
    return found


def _message(row: Left) -> int:
    """The notification whose message tells this one."""
    return row.carried_by or row.id


def _is_waiting(row: Left) -> bool:
    return row.state != "superseded"


def _text(words: Words, over: Sequence[Left], subjects: Mapping[int, str], open_: int, waited: int) -> str:
    lines = list(dict.fromkeys(row.subject or subjects.get(_message(row), "") for row in over))
    shown = [f"- {line}" for line in lines[:_SHOWN] if line]
    more = [words.says_more.format(count=len(lines) - _SHOWN)] if len(lines) > _SHOWN else []
    head = words.missed.format(span=span(words, waited), alerts=words.counted(len(over)))
    tail = words.still_open.format(alerts=words.counted(open_)) if open_ else words.none_open
    return "\n".join([head, *shown, *more, "", tail])
