"""`evara-agent sources`: the kinds a configuration may name, what can be set on each, and an example."""

import itertools
from importlib import resources
from typing import get_args

import msgspec

from edge_agent.technician.phone import wrap
from firmware_bridge import examples
from firmware_bridge.refine.derived import AnyDerived
from firmware_bridge.refine.quality import Checks
from firmware_bridge.sources import AnySource

_SHARED = "checks", "derived"  # no kinds, but what any field of any of them may have


class UnknownKind(Exception):
    """A sentence that names the known ones."""


def listing() -> str:
    """Every kind: what it is, and its settings; then what they share."""
    return "\n\n".join(
        [
            *(_entry(kind, _settings(settings)) for kind, settings in sorted(_kinds(AnySource).items())),
            _entry("checks", _settings(Checks)),
            _entry("derived", f"kinds: {', '.join(_kinds(AnyDerived))}"),
            "* must be set.\n"
            "evara-agent sources KIND   all settings, in an example;\n"
            "                           also of checks and derived\n"
            "evara-agent try NAME       what a source of agent.toml\n"
            "                           gives, before recording it",
        ]
    )


def example(kind: str) -> str:
    """A `[[sources]]` table that names every setting; what has a default may stand in comments.

    What all kinds share is in those of `checks` and `derived` alone. Raises UnknownKind.
    """
    known = sorted(_kinds(AnySource))
    if kind not in (*known, *_SHARED):
        raise UnknownKind(
            f'"{kind}" is no kind of source; known are {", ".join(known)}, '
            f"and for any field {' and '.join(_SHARED)}"
        )
    return resources.files(examples).joinpath(f"{kind}.toml").read_text("utf-8")


def _kinds(union: object) -> dict[str, type[msgspec.Struct]]:
    return {str(settings.__struct_config__.tag): settings for settings in get_args(union)}


def _settings(settings: type[msgspec.Struct]) -> str:
    names = [
        field.encode_name + ("*" if field.required else "")
        for field in sorted(msgspec.structs.fields(settings), key=lambda field: not field.required)
    ]
    return f"settings: {', '.join(names)}"


def _entry(kind: str, named: str) -> str:
    title = _first_sentence(example(kind))
    return "\n".join([kind, *wrap(title, "  ", "  "), *wrap(named, "  ", "  ")])


def _first_sentence(text: str) -> str:
    """Of the comment that an example begins with."""
    comment = itertools.takewhile(lambda line: line.startswith("# "), text.splitlines())
    sentence, dot, _ = " ".join(line.removeprefix("# ") for line in comment).partition(". ")
    return sentence + dot.rstrip()
