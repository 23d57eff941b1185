"""Switching a local action by hand: real commands beside a real agent, and what is refused."""

import json
import sys
from pathlib import Path

import pytest

from edge_agent.config import Config, load
from edge_agent.outbox.facts import read_facts
from edge_agent.technician import switch
from edge_agent.technician.switch import NotSwitched
from tests import agents
from tests.edge_agent.watch.desk import LEVEL, Desk
from tests.waiting import until

NOTE = "import sys; open(sys.argv[1], 'a').write(sys.argv[2] + '\\n')"
ACTION = """
[[actions]]
kind = "command"
name = "siren"
argv = [{python}, "-c", {code}, {file}, "{{state}}"]
{more}
"""


def document(folder: Path, more: str = "") -> str:
    words = {"python": sys.executable, "code": NOTE, "file": str(folder / "said")}
    gateway = '[gateway]\nname = "amba"\n[outbox]\npath = "o.db"\n'
    return gateway + ACTION.format(more=more, **{name: json.dumps(word) for name, word in words.items()})


def test_on_and_back_again_beside_a_running_agent(tmp_path: Path) -> None:
    said = tmp_path / "said"
    with agents.agent(tmp_path, document(tmp_path), agents.COMMUNITY) as agent:
        until(lambda: said.exists() and said.read_text() == "off\n", 30, "the action is off")
        code, text = agent.tell("action", "siren", "on", "--for", "30m", "--by", "Asha")
        assert (code, "by hand until" in text, "(Asha)" in text) == (0, True, True)
        until(lambda: said.read_text() == "off\non\n", 30, "it is on")
        agent.until(lambda status: status["actions"][0]["state"] == "on" and status["actions"][0]["ok"])
        agent.kill()
        agent.start()
        until(lambda: said.read_text() == "off\non\non\n", 30, "it is asked for again after a restart")
        assert agent.tell("action", "siren", "auto")[0] == 0
        until(lambda: said.read_text() == "off\non\non\noff\n", 30, "alerts decide again")
        assert "siren: off" in agent.tell("action")[1]


async def recorded(folder: Path, more: str = "") -> Config:
    """Of an agent that ran once."""
    (folder / "agent.toml").write_text(document(folder, more) + agents.COMMUNITY)
    async with Desk(folder / "o.db", (LEVEL,)).opened():
        return load(folder / "agent.toml")


async def test_a_person_s_word_ends_when_the_action_has_been_on_for_long_enough(tmp_path: Path) -> None:
    config = await recorded(tmp_path, "max_on_s = 60")
    switch.switch(config, "siren", "on", "2h", "Asha")
    found = read_facts(config.outbox.path, 0)
    assert found.manuals["siren"].on
    switch.switch(config, "siren", "off", "2h", "Asha")
    assert read_facts(config.outbox.path, 0).manuals["siren"].until > found.manuals["siren"].until + 60_000


@pytest.mark.parametrize(
    ("name", "span", "by", "sentence"),
    [
        ("pump", "1h", "Asha", 'agent.toml has no action "pump"'),
        ("siren", "8d", "Asha", "--for"),
        ("siren", "0m", "Asha", "--for"),
        ("siren", "soon", "Asha", "--for"),
        ("siren", "1h", "a\0b", "--by"),
    ],
)
async def test_what_is_wrong_is_a_sentence(
    tmp_path: Path, name: str, span: str, by: str, sentence: str
) -> None:
    config = await recorded(tmp_path)
    with pytest.raises(NotSwitched, match=sentence):
        switch.switch(config, name, "on", span, by)
    assert read_facts(config.outbox.path, 0).manuals == {}
