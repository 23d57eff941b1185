"""The kinds of channels cloud.toml may name. A new one is one module and one word here."""

from collections import Counter
from collections.abc import Iterator, Sequence

from cloud.errors import Invalid
from cloud.senders import parts
from cloud.senders.apprise import Apprise, sms
from cloud.senders.log import Log
from cloud.senders.mail import Mail
from cloud.senders.sender import Message, Mistake, Sender
from cloud.senders.webhook import Webhook

AnySender = Apprise | Log | Mail | Webhook


def mistakes(channels: Sequence[Sender]) -> Iterator[Mistake]:
    """What can't work, by setting: channels[1].port."""
    for place, channel in enumerate(channels):
        for setting, sentence in channel.mistakes():
            yield f"channels[{place}].{setting}", sentence
    for name, count in Counter(channel.name for channel in channels).items():
        if count > 1:
            yield "channels", f"{count} of them are called {name}: a message goes to a channel by its name"


def channel_named(channels: Sequence[Sender], name: str) -> Sender:
    """Raises Invalid where there is none."""
    for channel in channels:
        if channel.name == name:
            return channel
    known = ", ".join(channel.name for channel in channels) or "none: add [[channels]] to cloud.toml"
    raise Invalid(f'there is no channel "{name}"; known are {known}')


def sms_parts(channel: Sender, message: Message) -> int:
    """How many parts of SMS it is sent in; 0: it is no SMS."""
    return parts.parts(sms(message)) if channel.sms_parts_a_day else 0
