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


def topic(gateway: str, leaf: str) -> str:
    """`evara/v1/{gateway}/{leaf}`."""
    return f"{ROOT}/{gateway}/{leaf}"


def all_gateways(leaf: str) -> str:
    """The filter that matches `leaf` of every gateway."""
    return f"{ROOT}/+/{leaf}"


def everything_down(gateway: str) -> str:
    """The filter a gateway subscribes to."""
    return f"{ROOT}/{gateway}/down/#"


def parse_up(name: str) -> tuple[str, str] | None:
    """The gateway and the leaf of an `up/` topic; None if it is no such topic."""
    if not name.startswith(ROOT + "/"):
        return None
    gateway, _, leaf = name[len(ROOT) + 1 :].partition("/")
    if leaf not in UP or not GATEWAY_ID.fullmatch(gateway):
        return None
    return gateway, leaf
