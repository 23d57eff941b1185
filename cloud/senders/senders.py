"""The kinds of channels cloud.toml may name. A new one is one module and one word here."""

from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from cloud.senders import mail, parts
from cloud.senders.apprise import Apprise, sms
from cloud.senders.log import Log
from cloud.senders.mail import Mail
from cloud.senders.sender import Message, Mistake
from cloud.senders.webhook import Webhook

AnySender = Apprise | Log | Mail | Webhook


def mistakes(channels: Sequence[AnySender]) -> Iterator[Mistake]:
    """What can't work, by setting: channels[1].port."""
    for place, channel in enumerate(channels):
        for setting, sentence in channel.mistakes():
            yield f"channels[{place}].{setting}", sentence
    for name, count in Counter(channel.name for channel in channels).items():
        if count > 1:
            yield "channels", f"{count} of them are called {name}: a message goes to a channel by its name"


async def address_mistake(channel: AnySender, address: str) -> str | None:
    """Why nothing can be sent there, as far as it is known beforehand."""
    if isinstance(channel, Webhook):
        return await channel.address_mistake(address)
    if isinstance(channel, Apprise):
        return channel.address_mistake(address)
    return mail.address_mistake(address) if isinstance(channel, Mail) else None


def line(channel: AnySender, address: str) -> str:
    """What a failure says something about: the whole channel, or of a webhook the one host behind it."""
    if isinstance(channel, Webhook):
        return f"{channel.name} {urlsplit(address).netloc}"
    return channel.name


def sms_parts(channel: AnySender, message: Message) -> int:
    """How many parts of SMS it is sent in; 0: it is no SMS."""
    if isinstance(channel, Apprise) and channel.sms_parts_a_day:
        return parts.parts(sms(message))
    return 0


def sms_parts_a_day(channel: AnySender) -> int | None:
    """None: it has no cap."""
    return channel.sms_parts_a_day if isinstance(channel, Apprise) else None
