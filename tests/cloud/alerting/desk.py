"""A site's alerts and those who hear of them, over time: plans, sends and notes down who was told."""

from collections.abc import Iterable

import msgspec

from cloud.alerting.item import What
from cloud.alerting.receiver import Receiver
from cloud.alerting.route import Decision, Message, Site, Timing, Told, plan
from cloud.alerting.subject import Subject
from cloud.alerting.suppress import Known, Mute, Parent, Reason, mute
from protocol.rule import Severity

ASHA = Receiver(person="asha", minimum=Severity.INFO, hours=None, channels=("mail",))
BOSS = Receiver(person="boss", minimum=Severity.CRITICAL, hours=None, channels=("sms",))
QUICK = Timing(group_wait=1_000, correlate_wait=3_000, repeat_every=None)

Sent = tuple[float, str, dict[str, str]]  # seconds, person, what is said of each alert


class Desk:
    def __init__(
        self,
        receivers: Iterable[Receiver] = (ASHA,),
        timing: Timing = QUICK,
        last_resort: Receiver | None = None,
    ) -> None:
        self.receivers, self.timing, self.last_resort = list(receivers), timing, last_resort
        self.known = Known()
        self.subjects: dict[str, Subject] = {}
        self.told: dict[tuple[str, str], Told] = {}
        self.sent: list[Sent] = []
        self.decisions: list[Decision] = []
        self.nobody_told: list[str] = []
        self.now = 0

    def fire(self, alert: str, severity: Severity = Severity.WARNING, **fields: object) -> None:
        given = {"alert": alert, "rule": "r", "site": "Amba", "point": f"{alert}/level"}
        times = {"severity": severity, "news_at": self.now, "heard_at": self.now}
        self.subjects[alert] = msgspec.convert(given | times | fields, Subject)

    def change(self, alert: str, **fields: object) -> None:
        self.subjects[alert] = msgspec.structs.replace(self.subjects[alert], **fields)

    def end(self, alert: str) -> None:
        self.change(alert, ended_at=self.now)

    def offline(self, gateway: str, ended_at: int | None = None) -> None:
        """Its gateway is silent, or is heard again."""
        parent = Parent(alert="offline", gateway=gateway, ended_at=ended_at)
        self.known = msgspec.structs.replace(self.known, parents=[parent])

    def until(self, second: float) -> list[Sent]:
        """Time passes; what is sent meanwhile."""
        before, end = len(self.sent), round(second * 1000)
        while True:
            next_at = self._look()
            if next_at is None or next_at > end:
                break
            self.now = next_at
        self.now = end
        self._look()
        return self.sent[before:]

    def reasons(self, alert: str) -> set[tuple[str, Reason]]:
        return {(one.person, one.reason) for one in self.decisions if one.alert == alert}

    def _look(self) -> int | None:
        mutes = {name: found for name, one in self.subjects.items() if (found := self._mute(one))}
        site = Site(
            subjects=list(self.subjects.values()),
            mutes=mutes,
            receivers=self.receivers,
            last_resort=self.last_resort,
            told=list(self.told.values()),
            timing=self.timing,
            offset=lambda at: 0,
        )
        made = plan(site, self.now)
        self.decisions, self.nobody_told = made.decisions, made.nobody_told
        for message in made.messages:
            self._send(message)
        return self._look() if made.messages else made.next_at

    def _mute(self, subject: Subject) -> Mute | None:
        return mute(subject, self.known, self.now, lambda at: 0)

    def _send(self, message: Message) -> None:
        said = {line.alert: line.what.value for line in message.lines}
        self.sent.append((self.now / 1000, message.person, said))
        for line in message.lines:
            key = (message.person, line.alert)
            severity, before = self.subjects[line.alert].severity, self.told.get(key)
            worst = max(before.severity, severity, key=lambda one: one.rank) if before else severity
            self.told[key] = Told(
                person=message.person,
                alert=line.alert,
                severity=worst,
                at=self.now,
                channels=message.channels,
                ended=line.what is What.ENDED,
            )
