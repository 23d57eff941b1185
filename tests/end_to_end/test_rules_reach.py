"""A rule published in the cloud judges at the site, also with no link, and what it told arrives once."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import agents, clouds
from tests.proxy import proxy
from tests.server import free_port
from tests.waiting import until

ACTION = """
[[actions]]
name = "siren"
kind = "command"
argv = ["true"]
tells = "admin"
"""
QUICK = "[cloud]\nseal_every_s = 1\nheartbeat_s = 1"
SOURCE = """
[[sources]]
kind = "http_push"
name = "push"
listen = "127.0.0.1:{port}"

[[sources.devices]]
device = "oht-1"
fields = [{{ field = "level", metric = "level", unit = "m" }}]
"""


@pytest.mark.parametrize("way", ["broker", "url"])
def test_fires_offline_and_arrives_once(tmp_path: Path, way: str) -> None:
    with clouds.embedded(tmp_path / "cloud") as cloud:
        gateway = cloud.add_gateway("amba", out=tmp_path / "agent")
        port, target = free_port(), {"broker": cloud.broker_port, "url": cloud.port}[way]
        with proxy(target) as link:
            document = through(gateway.document, way, target, link.port)
            with agents.agent(tmp_path / "agent", document, SOURCE.format(port=port) + ACTION) as agent:
                until(lambda: pushed(port, 1.0), 30, "the agent takes a reading")
                with cloud.sign_in() as people:
                    publish(people, site_of(people))
                    until(lambda: runs(tmp_path / "agent" / "outbox.db"), 60, "the rule runs at the gateway")
                link.refuse()
                assert pushed(port, 3.0)
                agent.kill()
                agent.start()
                until(lambda: pushed(port, 1.0), 30, "the agent takes a reading again")
                assert pushed(port, 4.0)
                (alert,) = agent.status()["alerts"]
                assert (alert["rule"], alert["point"]) == ("high", "oht-1/level")
                assert reasons(cloud) == []
                assert agent.tell("acknowledge", "all", "--by", "Asha")[0] == 0
                assert agent.status()["alerts"][0]["acknowledged_by"] == "Asha"
                link.pass_all()
                agent.until(lambda status: status["backlog"] == 0, 90)
                until(lambda: reasons(cloud), 30, "the transitions are there")
                assert reasons(cloud) == ["fired", "cleared", "fired"]
                with cloud.sign_in() as people:
                    until(lambda: seen_by(people) == ("Asha", gateway.id), 60, "the cloud hears who saw it")
                    until(
                        lambda: told_at(people) == ["told by siren"], 60, "the cloud hears who was told there"
                    )


def seen_by(people: httpx.Client) -> tuple[str, str] | None:
    """Who acknowledged the one open alert, and at which gateway."""
    (alert,) = people.get("/api/v1/alerts?state=open").json()["items"]
    seen = alert["acknowledged"]
    return seen and (seen["by"], seen["gateway_id"])


def told_at(people: httpx.Client) -> list[str]:
    """What is noted of whom the gateway told."""
    rows = people.get("/api/v1/deliveries").json()["items"]
    return [one["subject"] for one in rows if one["channel"] == "the gateway"]


def through(document: str, way: str, target: int, port: int) -> str:
    """An agent.toml for one way to the cloud, over a proxy."""
    other = {"broker": "url", "url": "broker"}[way]
    lines = [line for line in document.splitlines() if not line.startswith(other)]
    return "\n".join(lines).replace(f":{target}", f":{port}").replace("[cloud]", QUICK)


def pushed(port: int, value: float) -> bool:
    """Whether the agent has committed it."""
    try:
        answer = httpx.post(f"http://127.0.0.1:{port}/oht-1", json={"level": value}, timeout=5)
    except httpx.TransportError:
        return False
    return answer.status_code == 200


def site_of(people: httpx.Client) -> str:
    return str(people.get("/api/v1/sites").json()["items"][0]["id"])


def publish(people: httpx.Client, site: str) -> None:
    def saved() -> bool:
        answers.append(people.put("/api/v1/rules/high", json={"rule": rule(site)}))
        return answers[-1].is_success

    answers: list[httpx.Response] = []
    try:
        until(saved, 60, "the cloud knows the point, and takes the rule")
    except TimeoutError as error:
        raise AssertionError(answers[-1].text) from error
    answer = people.post("/api/v1/rules/high/publish", json={"version": 1})
    assert answer.is_success, answer.text


def rule(site: str) -> dict[str, Any]:
    scope = {"point": "oht-1/level", "site": site}
    return {
        "id": "high",
        "scope": scope,
        "kind": "threshold",
        "threshold": 2.0,
        "unit": "m",
        "actions": ["siren"],
    }


def runs(outbox: Path) -> bool:
    """Whether the gateway judges by it."""
    with closing(sqlite3.connect(outbox)) as sql:
        return any('"id":"high"' in document for (document,) in sql.execute("SELECT document FROM rulebook"))


def reasons(cloud: clouds.Cloud) -> list[str]:
    """Of the transitions of this rule, in the order in which they happened."""
    with closing(sqlite3.connect(cloud.data_dir / "evara.db")) as sql:
        told = [
            json.loads(content) for (content,) in sql.execute("SELECT content FROM transition ORDER BY at")
        ]
    return [one["course"]["reason"] for one in told if one["rule"] == "high"]
