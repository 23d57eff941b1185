"""The example of each kind of source loads as it is, and with every comment taken; it names every setting."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec import inspect

from edge_agent.config import load
from edge_agent.technician.kinds import example
from firmware_bridge.fields import Measure
from firmware_bridge.sources import AnySource


def tables_of(kind: inspect.Type) -> Iterator[inspect.StructType]:
    """The tables that can be written for a setting, and those in them."""
    if isinstance(kind, inspect.StructType):
        yield kind
        for field in kind.fields:
            yield from tables_of(field.type)
    elif isinstance(kind, inspect.ListType | inspect.VarTupleType):
        yield from tables_of(kind.item_type)
    elif isinstance(kind, inspect.UnionType):
        for one in kind.types:
            yield from tables_of(one)
    elif isinstance(kind, inspect.Metadata):
        yield from tables_of(kind.type)


# What every measure of every kind may have: each has an example of its own, and is in no other.
SHARED = {
    field.name: list(tables_of(field.type))
    for field in next(tables_of(inspect.type_info(Measure))).fields
    if any(tables_of(field.type))
}
OF_ALL = {table.cls for tables in SHARED.values() for table in tables}
KINDS = [*(str(settings.__struct_config__.tag) for settings in get_args(AnySource)), *SHARED]


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_loads(kind: str, tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    config.write_text(example(kind))
    assert [source.points() for source in load(config).sources]


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_loads_with_what_stands_in_its_comments(kind: str, tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    config.write_text(in_full(kind))
    assert [source.points() for source in load(config).sources]


@pytest.mark.parametrize("settings", get_args(AnySource))
def test_the_example_names_every_setting(settings: Any) -> None:
    own = [table for table in tables_of(inspect.type_info(settings)) if table.cls not in OF_ALL]
    assert not missing(example(str(settings.__struct_config__.tag)), own)


@pytest.mark.parametrize("shared", SHARED)
def test_the_example_of_what_kinds_share_names_every_setting(shared: str) -> None:
    assert not missing(example(shared), SHARED[shared])


@pytest.mark.parametrize("table", [one for one in SHARED["derived"] if one.tag], ids=lambda one: one.tag)
def test_each_kind_of_derived_point_or_tank_is_shown_with_the_settings_that_it_alone_has(
    table: inspect.StructType,
) -> None:
    shown = [one for one in tables_in(tomllib.loads(in_full("derived"))) if one.get("kind") == table.tag]
    inherited = table.cls.__base__
    names = {field.encode_name for field in table.fields if not hasattr(inherited, field.name)}
    assert shown
    assert not names - {name for one in shown for name in one}


def missing(shown: str, tables: list[inspect.StructType]) -> list[str]:
    names = dict.fromkeys(field.encode_name for table in tables for field in table.fields)
    return [
        name for name in names if name not in SHARED and not re.search(rf"\b{name}(?: = |\.\w+ = |\])", shown)
    ]


def in_full(kind: str) -> str:
    """The example with what stands in its comments."""
    return re.sub(r"^(\s*)# (?=\w+ = )", r"\1", example(kind), flags=re.MULTILINE)


def tables_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from tables_in(one)
