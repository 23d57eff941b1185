"""Messages in English."""

from cloud.alerting.item import What
from cloud.alerting.languages.words import Words
from protocol.rule import Severity

ENGLISH = Words(
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    severities={severity: severity.value for severity in Severity},
    news={
        What.FIRES: "{severity}: {name}",
        What.ROSE: "{severity} now: {name}",
        What.STILL_FIRES: "still {severity}: {name}",
        What.ENDED: "over: {name}",
    },
    limited="{value} (limit {limit})",
    since="since {time}",
    ended="ended {time}",
    and_more="and {count} more",
    says_value="Value {value}.",
    says_limit="Value {value}, limit {limit}.",
    says_since="Since {time}.",
    says_ended="Ended {time}.",
    says_more="... and {count} more.",
    sites="{count} sites",
    alerts=("1 alert is", "{count} alerts are"),
    over_meanwhile="{alerts} over meanwhile, {open} still open",
    missed="For {span} nothing could reach you here. {alerts} over meanwhile:",
    still_open="{alerts} still open: of each comes a message of its own.",
    none_open="None is open.",
    minutes="{minutes} min",
    hours="{hours} h {minutes} min",
    test_subject="Evara: a test message",
    test_text="{person}, alerts reach you here.",
    ours={},
)
