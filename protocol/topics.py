"""Every MQTT topic of protocol v1, built and parsed. `{gw}` is the gateway id."""

import re

ROOT = "evara/v1"

# A gateway id is a topic level, an MQTT client id and a user name: nothing in it may mean something there.
GATEWAY_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

UP_BATCH = "up/batch"
UP_STATE = "up/state"
UP_RESULT = "up/result"
DOWN_RECEIPT = "down/receipt"
DOWN_CONFIG = "down/config"
DOWN_COMMAND = "down/command"

UP = (UP_BATCH, UP_STATE, UP_RESULT)


def topic(gateway: str, channel: str) -> str:
    """`evara/v1/{gateway}/{channel}`."""
    return f"{ROOT}/{gateway}/{channel}"


def all_gateways(channel: str) -> str:
    """The filter that matches `channel` of every gateway."""
    return f"{ROOT}/+/{channel}"


def everything_down(gateway: str) -> str:
    """The filter a gateway subscribes to."""
    return f"{ROOT}/{gateway}/down/#"


def parse_up(name: str) -> tuple[str, str] | None:
    """The gateway and the channel of an `up/` topic; None if it is no such topic."""
    if not name.startswith(ROOT + "/"):
        return None
    gateway, _, channel = name[len(ROOT) + 1 :].partition("/")
    if channel not in UP or not GATEWAY_ID.fullmatch(gateway):
        return None
    return gateway, channel
