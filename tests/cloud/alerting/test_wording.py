"""What a message says, in each language."""

import string
import uuid
from collections.abc import Iterator
from typing import get_args

import msgspec
import pytest

from cloud.alerting.item import Line, What
from cloud.alerting.languages.english import ENGLISH
from cloud.alerting.languages.hindi import HINDI
from cloud.alerting.languages.languages import LANGUAGES, Language
from cloud.alerting.languages.words import Words
from cloud.alerting.templates import TEMPLATES
from cloud.alerting.wording import Facts, span, text
from cloud.senders.apprise import sms
from cloud.senders.parts import parts
from cloud.senders.sender import Message
from protocol.rule import Severity
from tests.zones import moment

LEVEL = Facts(
    name="Tank low",
    point="oht-1/level",
    severity=Severity.CRITICAL,
    value=0.31234,
    limit=0.5,
    unit="m",
    began=moment("2026-01-05T09:30+05:30"),
    ended_at=None,
    to_do="Stop the pump; look at its float switch.",
)
SILENT = Facts(
    name="no data",
    point="flow-1/rate",
    severity=Severity.WARNING,
    value=None,
    limit=None,
    unit="L/min",
    began=moment("2026-01-05T23:59+05:30"),
    ended_at=moment("2026-01-06T00:30+05:30"),
)
ZONE = "Asia/Kolkata"


def test_a_message_says_what_where_since_when_and_what_to_do() -> None:
    lines = [Line("s", What.ENDED), Line("l", What.FIRES)]
    told = text(ENGLISH, "Amba", ZONE, lines, {"l": LEVEL, "s": SILENT})
    assert told.subject == ("Amba: critical: Tank low 0.3123 m (limit 0.5 m), since 5 Jan 09:30, and 1 more")
    assert told.body.split("\n\n") == [
        "critical: Tank low (oht-1/level). Value 0.3123 m, limit 0.5 m. Since 5 Jan 09:30. "
        "Stop the pump; look at its float switch.",
        "over: no data (flow-1/rate). Since 5 Jan 23:59. Ended 6 Jan 00:30.",
    ]


def test_the_same_in_hindi() -> None:
    lines = [Line("s", What.ENDED), Line("l", What.ROSE)]
    told = text(HINDI, "Amba", ZONE, lines, {"l": LEVEL, "s": SILENT})
    assert told.subject == ("Amba: अब गंभीर: टंकी में पानी कम 0.3123 m (सीमा 0.5 m), 5 जन॰ 09:30 से, और 1 अन्य")
    assert told.body.split("\n\n") == [
        "अब गंभीर: टंकी में पानी कम (oht-1/level). मान 0.3123 m, सीमा 0.5 m। 5 जन॰ 09:30 से। "
        "पंप बंद करें; उसका फ्लोट स्विच देखें।",
        "समाप्त: no data (flow-1/rate). 5 जन॰ 23:59 से। 6 जन॰ 00:30 पर समाप्त।",
    ]


@pytest.mark.parametrize(
    ("fact", "subject"),
    [
        (LEVEL, "Amba: warning: Tank low 0.3123 m (limit 0.5 m), since 5 Jan 09:30"),
        (SILENT, "Amba: warning: no data, ended 6 Jan 00:30"),
        (msgspec.structs.replace(LEVEL, limit=None), "Amba: warning: Tank low 0.3123 m, since 5 Jan 09:30"),
    ],
)
def test_a_subject_says_what_is_known(fact: Facts, subject: str) -> None:
    fact = msgspec.structs.replace(fact, severity=Severity.WARNING)
    assert text(ENGLISH, "Amba", ZONE, [Line("a", What.FIRES)], {"a": fact}).subject == subject


def test_news_stand_before_what_goes_on_and_many_are_counted() -> None:
    lines = [Line(f"l{number}", What.STILL_FIRES) for number in range(9)] + [Line("s", What.FIRES)]
    alerts = {f"l{number}": LEVEL for number in range(9)} | {"s": SILENT}
    told = text(ENGLISH, "Amba", ZONE, lines, alerts)
    assert told.subject == "Amba: warning: no data, ended 6 Jan 00:30, and 9 more"
    assert told.body.endswith("\n\n... and 5 more.")


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, ("0 min", "0 मिनट")), (59, ("59 min", "59 मिनट")), (121, ("2 h 1 min", "2 घंटे 1 मिनट"))],
)
def test_spans(minutes: int, said: tuple[str, str]) -> None:
    assert (span(ENGLISH, minutes * 60_000), span(HINDI, minutes * 60_000)) == said


def patterns(words: Words) -> Iterator[tuple[str, str]]:
    """Name and pattern of all that has places to fill."""
    for name, value in msgspec.structs.asdict(words).items():
        if isinstance(value, str):
            yield name, value
    yield from ((what.name, pattern) for what, pattern in words.news.items())
    yield "alerts", words.alerts[1]


def places(pattern: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(pattern) if name}


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
def test_every_language_says_all_that_english_says(words: Words) -> None:
    english = {name: places(pattern) for name, pattern in patterns(ENGLISH)}
    assert {name: places(pattern) for name, pattern in patterns(words)} == english
    assert words.severities.keys() == set(Severity)
    if words is not ENGLISH:
        ours = {said for one in TEMPLATES.values() for said in (one.rule.name, one.rule.to_do)}
        assert words.ours.keys() == ours | {"gateway offline", "gateways offline"}


def test_the_api_takes_the_languages_there_are() -> None:
    assert set(get_args(Language)) == LANGUAGES.keys()


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("name", [one.rule.name for one in TEMPLATES.values()])
def test_what_an_sms_of_two_parts_says_at_least(words: Words, name: str) -> None:
    """In English all of it; what is cut in Hindi, whose parts are less than half as long, is since when."""
    facts = msgspec.structs.replace(LEVEL, name=name)
    subject = text(words, "Amba", ZONE, [Line("l", What.FIRES)], {"l": facts}).subject
    link = "https://evara.example.org/alerts/" + str(uuid.uuid4())
    said = sms(Message(key="k", person="Asha", address="+911", subject=subject, text="", link=link))
    assert parts(said) <= 2
    assert said.endswith(link)
    assert said.startswith(subject[: subject.index("0.5 m)") + 6])
    assert words is HINDI or said == f"{subject} {link}"
