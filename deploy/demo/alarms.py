"""The rules of the demo and who is told: made through the API, as a person would make them."""

import asyncio
import time
from typing import Any

import httpx

from deploy.demo.place import CHANNEL, Place
from deploy.demo.program import ProgramError

APPLIED_S = 15.0
DAY_S = 90_000.0  # readings of the demo's past count as they would have when they were made

_RULES: list[dict[str, Any]] = [
    {
        "id": "demo-leak",
        "name": "Leak: water flows without end",
        "to_do": "Walk the main pipe below the tank, and close its valve until the leak is mended.",
        "scope": {"metric": "rate"},
        "kind": "aggregate",
        "statistic": "min",
        "window_s": 7_200.0,
        "op": ">",
        "threshold": 100.0,
        "unit": "L/min",
        "severity": "critical",
    },
    {
        "id": "demo-no-supply",
        "name": "No water: nothing flows",
        "to_do": "See whether the pump has power, and tell people when water will be back.",
        "scope": {"metric": "rate"},
        "kind": "threshold",
        "op": "<=",
        "threshold": 0.0,
        "unit": "L/min",
        "for_s": 600.0,
        "clear_for_s": 300.0,
        "severity": "critical",
    },
    {
        "id": "demo-dead-sensor",
        "name": "Chlorine sensor dead",
        "to_do": "Clean the sensor and check its cable; measure chlorine by hand meanwhile.",
        "scope": {"metric": "chlorine"},
        "kind": "fault",
        "for_s": 600.0,
    },
]


async def set_up(place: Place) -> None:
    """What is there from a time before stays as it is."""
    async with _client(place) as client:
        await _sign_in(client, place)
        people = await _ask(client, "GET", "people")
        person = people["people"][0]
        if not people["routes"]:
            address = {"channel": CHANNEL, "value": person["name"]}
            await _ask(client, "POST", f"people/{person['id']}/addresses", address)
            await _ask(client, "POST", "routes", {"person_id": person["id"], "min_severity": "info"})
        there = {rule["id"] for rule in (await _ask(client, "GET", "rules"))["items"]}
        for rule in _RULES:
            if rule["id"] not in there:
                await _publish(client, rule)


async def until_applied(place: Place) -> None:
    """Until the gateway runs the demo's rules; after APPLIED_S it goes on without."""
    end = time.monotonic() + APPLIED_S
    async with _client(place) as client:
        await _sign_in(client, place)
        while time.monotonic() < end:
            rule = (await _ask(client, "GET", f"rules/{_RULES[-1]['id']}"))["rule"]
            if rule["state"] != "published" or rule["roll_out"]["applied"]:
                return
            await asyncio.sleep(0.3)
    print("The gateway has not taken its rules yet; the alerts of the past day may be missing.", flush=True)


def _client(place: Place) -> httpx.AsyncClient:
    url = f"http://127.0.0.1:{place.web_port}"
    return httpx.AsyncClient(base_url=f"{url}/api/v1/", headers={"origin": url}, timeout=30)


async def _sign_in(client: httpx.AsyncClient, place: Place) -> None:
    await _ask(client, "POST", "session", {"name": "admin", "password": place.password})


async def _publish(client: httpx.AsyncClient, rule: dict[str, Any]) -> None:
    path = f"rules/{rule['id']}"
    made = await _ask(client, "PUT", path, {"rule": rule | {"late_after_s": DAY_S}, "seen": None})
    await _ask(client, "POST", f"{path}/publish", {"version": made["versions"][0]["version"]})


async def _ask(client: httpx.AsyncClient, method: str, path: str, body: object = None) -> Any:
    answer = await client.request(method, path, json=body)
    if answer.is_error:
        raise ProgramError(f"{method} {path}: {answer.text}")
    return answer.json()
