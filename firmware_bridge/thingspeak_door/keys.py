"""The key of a request, wherever a client put it. Pure."""

from collections.abc import Mapping

_HEADERS = ("x-thingspeakapikey", "thingspeakapikey")
_PARAMETERS = ("api_key", "key", "apikey")


def key_of(headers: Mapping[str, str], parameters: Mapping[str, str]) -> str:
    """The key, "" where there is none; a header wins. `headers` by their names in lower case."""
    found = [headers.get(name, "") for name in _HEADERS] + [parameters.get(name, "") for name in _PARAMETERS]
    return next((key for key in map(str.strip, found) if key), "")
