"""What one language has to provide for messages. A language that lacks something can't be made."""

from collections.abc import Mapping

import msgspec

from cloud.alerting.item import What
from protocol.rule import Severity


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Patterns with their places in braces; the field's name says what it is for."""

    months: tuple[str, str, str, str, str, str, str, str, str, str, str, str]
    severities: Mapping[Severity, str]
    news: Mapping[What, str]  # {severity} {name}
    limited: str  # {value} {limit}: in a subject, and so in an SMS
    since: str  # {time}: in a subject
    ended: str  # {time}: in a subject
    and_more: str  # {count}: alerts that a subject does not name
    says_value: str  # {value}
    says_limit: str  # {value} {limit}
    says_since: str  # {time}
    says_ended: str  # {time}
    says_more: str  # {count}: alerts that a text does not name
    sites: str  # {count}: stands for the name of a site in an alert of several
    alerts: tuple[str, str]  # of one alert, of {count}; stands before what follows with {alerts}
    over_meanwhile: str  # {alerts} {open}: the subject of what was missed
    missed: str  # {span} {alerts}
    still_open: str  # {alerts}
    none_open: str
    minutes: str  # {minutes}
    hours: str  # {hours} {minutes}
    test_subject: str
    test_text: str  # {person}
    # What we wrote ourselves, names and advice of the templates, in English -> in this language. What the
    # authors of rules wrote stands as they wrote it.
    ours: Mapping[str, str]

    def translated(self, text: str) -> str:
        return self.ours.get(text, text)

    def counted(self, count: int) -> str:
        return self.alerts[0] if count == 1 else self.alerts[1].format(count=count)
