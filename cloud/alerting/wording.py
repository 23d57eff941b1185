"""A message in words: what, where, value, limit, since when, what to do, with a link, in the site's time."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from cloud.alerting.item import Line, What
from cloud.alerting.languages.words import Words
from protocol.rule import Severity

_SHOWN = 5  # alerts that a message names; the others are counted


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a message may say of one alert."""

    name: str  # the rule's
    point: str
    severity: Severity
    value: float | None
    limit: float | None
    unit: str
    began: int  # ms UTC
    ended_at: int | None
    to_do: str = ""  # what the rule's author wrote


class Text(msgspec.Struct, frozen=True):
    subject: str  # one line: with the link it is all that an SMS says
    body: str


def text(words: Words, site: str, zone: str, lines: Sequence[Line], alerts: Mapping[str, Facts]) -> Text:
    """News come first, the worst of them foremost."""
    ordered = sorted(lines, key=lambda one: _place(one, alerts[one.alert]))
    said = [_brief(words, ordered[0], alerts[ordered[0].alert], zone)]
    if len(ordered) > 1:
        said.append(words.and_more.format(count=len(ordered) - 1))
    paragraphs = [_paragraph(words, one, alerts[one.alert], zone) for one in ordered[:_SHOWN]]
    if len(ordered) > _SHOWN:
        paragraphs.append(words.says_more.format(count=len(ordered) - _SHOWN))
    return Text(f"{site}: {', '.join(said)}", "\n\n".join(paragraphs))


def _headline(words: Words, line: Line, alert: Facts) -> str:
    severity = words.severities[alert.severity]
    return words.news[line.what].format(severity=severity, name=words.translated(alert.name))


def _brief(words: Words, line: Line, alert: Facts, zone: str) -> str:
    """One alert in one line."""
    said = _headline(words, line, alert)
    if alert.ended_at is not None:
        return f"{said}, {words.ended.format(time=clock(words, alert.ended_at, zone))}"
    if alert.value is not None:
        value = number(alert.value, alert.unit)
        limit = None if alert.limit is None else number(alert.limit, alert.unit)
        said += f" {value if limit is None else words.limited.format(value=value, limit=limit)}"
    return f"{said}, {words.since.format(time=clock(words, alert.began, zone))}"


def _paragraph(words: Words, line: Line, alert: Facts, zone: str) -> str:
    """One alert in a few short sentences."""
    said = [f"{_headline(words, line, alert)} ({alert.point})."]
    if alert.value is not None:
        value = number(alert.value, alert.unit)
        if alert.limit is None:
            said.append(words.says_value.format(value=value))
        else:
            said.append(words.says_limit.format(value=value, limit=number(alert.limit, alert.unit)))
    said.append(words.says_since.format(time=clock(words, alert.began, zone)))
    if alert.ended_at is not None:
        said.append(words.says_ended.format(time=clock(words, alert.ended_at, zone)))
    elif alert.to_do:
        said.append(words.translated(alert.to_do))
    return " ".join(said)


def number(value: float, unit: str) -> str:
    """Four digits are more than anybody reads on a phone."""
    return f"{value:.4g} {unit}".rstrip()


def clock(words: Words, at: int, zone: str) -> str:
    """5 Jan 09:30, by the site's clocks."""
    local = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone))
    return f"{local.day} {words.months[local.month - 1]} {local:%H:%M}"


def span(words: Words, ms: int) -> str:
    hours, minutes = divmod(ms // 60_000, 60)
    return (words.hours if hours else words.minutes).format(hours=hours, minutes=minutes)


def _place(line: Line, alert: Facts) -> tuple[bool, int, int]:
    return line.what is What.STILL_FIRES, -alert.severity.rank, alert.began
