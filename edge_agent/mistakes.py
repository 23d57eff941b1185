"""What is wrong with a parsed TOML table, held against the struct it should become: all of it, in words.

msgspec names only the first mistake; here every key is tried by itself.
"""

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
from msgspec import inspect

_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": 'text in quotes, as "this"',
    "bool": "true or false",
    "array": "a list, as [1, 2]",
    "object": "a table",
    "null": "nothing",
    "datetime": "a date",
    "date": "a date",
    "time": "a time",
}
_SHOWN = 60  # characters of a value
_LENGTH = re.compile(r"Expected `(?:str|array)` of length (>=|<=) (\d+)")
_BOUND = re.compile(r"Expected `(?:int|float)` (>=|<=|>|<) (\S+)")
_TYPE = re.compile(r"Expected `([^`]*)`, got `([^`]*)`")
_PATTERN = re.compile(r"Expected `str` matching regex (.*)")
_AT = re.compile(r" - at `\$.*")  # msgspec's own path, which ours contains
_SECRET = re.compile("secret|pass|token|key|credential", re.IGNORECASE)
# A gateway's credential, its secret alone, a ThingSpeak key: where the file that holds it is meant.
_LOOKS_SECRET = re.compile(
    r"^[a-z0-9-]+:[\w-]{20,}$|(?<![\w.-])(?:[\w-]{43}|[A-Z0-9]{16})(?![\w.-])", re.ASCII
)
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}


def find(value: Any, kind: Any, path: str) -> list[str]:
    """The mistakes in `value`, each a sentence that begins with its path; none: msgspec will take it."""
    wanted = inspect.type_info(kind)
    structs = _structs(wanted.item_type if isinstance(wanted, inspect.ListType) else wanted)
    if not structs:
        return [f"{_named(path, value)} {_say(text)}" for text in _complaints(value, kind)]
    if not isinstance(wanted, inspect.ListType):
        return _in_table(value, structs, path)
    if isinstance(value, dict):
        return [f"`[{path}]` is one table where a list of them is meant: write `[[{path}]]`"]
    if not isinstance(value, list):
        return [f"{_named(path, value)} must be a list of tables, written as `[[{path}]]`"]
    if not value:
        return [f"`{path}` {_say(text)}" for text in _complaints(value, kind)]
    return [
        mistake
        for place, item in enumerate(value)
        for mistake in _in_table(item, structs, f"{path}[{place}]")
    ]


def decode_path(kind: type, value: Any) -> Any:
    """msgspec's hook for the one type that TOML does not know."""
    if kind is Path and isinstance(value, str) and value:
        return Path(value)
    raise ValueError(f"Expected `str`, got `{type(value).__name__}`")


def shown(value: Any) -> str:
    """A value as it stands in the file, cut; nothing that may be a secret, for this goes into logs."""
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"
    if isinstance(value, str) and ("@" in value or looks_secret(value)):
        return '"…"'
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def looks_secret(text: str) -> bool:
    """Whether somebody seems to have written a secret here, where none belongs."""
    return bool(_LOOKS_SECRET.search(text))


def hint(found: str, known: Sequence[str]) -> str:
    """Did you mean …"""
    near = difflib.get_close_matches(found, known, n=1)
    return f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}"


def _structs(wanted: inspect.Type) -> list[inspect.StructType]:
    kinds = wanted.types if isinstance(wanted, inspect.UnionType) else (wanted,)
    return [kind for kind in kinds if isinstance(kind, inspect.StructType)]


def _in_table(value: Any, kinds: Sequence[inspect.StructType], path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{_named(path, value)} must be a table, written as `[{path}]`"]
    if kinds[0].tag_field is None:
        return _in_struct(value, kinds[0], path)
    tag = value.get(kinds[0].tag_field)
    key, tags = f"`{_join(path, kinds[0].tag_field)}`", [str(kind.tag) for kind in kinds]
    if tag is None:
        return [f"{key} is missing: it says what this is; {hint('', tags)}"]
    if tag not in tags:
        return [f"{key} = {shown(tag)} is no known kind; {hint(str(tag), tags)}"]
    return _in_struct(value, kinds[tags.index(tag)], path)


def _in_struct(value: dict[str, Any], wanted: inspect.StructType, path: str) -> list[str]:
    fields = {field.encode_name: field for field in wanted.fields}
    known = [*fields, *([wanted.tag_field] if wanted.tag_field else [])]
    kinds = get_type_hints(wanted.cls, include_extras=True)
    mistakes = [
        f"`{_join(path, key)}` is no setting; {hint(key, known)}" for key in value if key not in known
    ]
    for name, field in fields.items():
        if name in value:
            mistakes += find(value[name], kinds[field.name], _join(path, name))
        elif field.required:
            mistakes.append(f"`{_join(path, name)}` is missing: it has no default")
    # What only the whole can tell, as two fields that are one point.
    return mistakes or [f"`{path}`: {_AT.sub('', text)}" for text in _complaints(value, wanted.cls)]


def _named(path: str, value: Any) -> str:
    """`path` = value; without the value where a secret or its file is meant."""
    return f"`{path}`" if _SECRET.search(path.rpartition(".")[2]) else f"`{path}` = {shown(value)}"


def _complaints(value: Any, kind: Any) -> Iterator[str]:
    try:
        msgspec.convert(value, kind, dec_hook=decode_path)
    except msgspec.ValidationError as error:
        yield str(error)


def _say(complaint: str) -> str:
    """msgspec's complaint in words."""
    if found := _LENGTH.match(complaint):
        return f"must have {_BOUNDS[found[1]]} {found[2]} characters or entries"
    if found := _BOUND.match(complaint):
        return f"must be {_BOUNDS[found[1]]} {found[2]}"
    if found := _PATTERN.match(complaint):
        return f"must match {found[1].split(' - at ')[0]}"
    if found := _TYPE.match(complaint):
        kinds = [_WORDS.get(kind, kind) for kind in found[1].split(" | ") if kind != "null"]
        return f"must be {' or '.join(kinds)}"
    return f"is not right: {_AT.sub('', complaint)}"


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
