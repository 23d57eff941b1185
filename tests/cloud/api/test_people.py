"""Who is told, over the API: addresses that can work, routes that end, and what a provider really answers."""

from pathlib import Path
from typing import Any

import httpx

from cloud.senders.webhook import Webhook
from cloud.store import deliveries, notifications
from cloud.store.database import Database
from cloud.store.deliveries import Try
from cloud.store.notifications import Notification
from protocol.rule import Severity
from tests.cloud.api.alarms import fire
from tests.cloud.api.conftest import SENDERS, Served, serve, sign_in
from tests.fakes.sink import Mode, sink


async def everybody(client: httpx.AsyncClient) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.get("/api/v1/people")).json()
    return answer


async def myself(client: httpx.AsyncClient) -> int:
    key: int = (await everybody(client))["people"][0]["id"]
    return key


async def test_an_address_that_can_not_work_is_refused(served: Served) -> None:
    async with served.browser() as client:
        where = f"/api/v1/people/{await myself(client)}/addresses"
        bad = [
            ({"channel": "pigeon", "value": "x"}, 400, 'there is no channel "pigeon"; known are log, mail'),
            ({"channel": "mail", "value": "asha"}, 400, "is no mail address"),
            ({"channel": "mail", "value": ""}, 400, "value"),
            ({"channel": "log", "value": "x" * 3_000}, 400, "value"),
        ]
        for body, status, sentence in bad:
            answer = await client.post(where, json=body)
            assert (answer.status_code, sentence in answer.json()["detail"]) == (status, True), answer.text
        fine = {"channel": "mail", "value": "asha@example.org"}
        assert (await client.post(where, json=fine)).status_code == 201
        assert (await client.post(where, json=fine)).status_code == 409
        (address,) = (await everybody(client))["people"][0]["addresses"]
        assert (address["value"], address["verified_at"]) == ("asha@example.org", None)
        gone = await client.request("DELETE", f"/api/v1/addresses/{address['id']}", json={})
        assert gone.json()["people"][0]["addresses"] == []


async def test_a_webhook_to_a_private_address_is_refused_unless_allowed(
    database: Database, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a secret of sixteen characters")
    channels = [
        Webhook(name="hook", secret_file=secret),
        Webhook(name="inside", secret_file=secret, allow=["127.0.0.0/8"]),
    ]
    async with sink() as receiver, serve(database, senders=channels) as served, served.browser() as client:
        where = f"/api/v1/people/{await myself(client)}/addresses"
        for url in (f"{receiver.url}/a", "https://10.0.0.1/x", "https://[::1]/x", "https://169.254.169.254/"):
            answer = await client.post(where, json={"channel": "hook", "value": url})
            assert answer.status_code == 400, (url, answer.text)
            assert "is not public" in answer.json()["detail"], url
        made = await client.post(where, json={"channel": "inside", "value": f"{receiver.url}/a"})
        assert made.status_code == 201, made.text
        (address,) = made.json()["people"][0]["addresses"]
        test = f"/api/v1/addresses/{address['id']}/test"

        receiver.modes["/a"] = Mode.BROKEN
        refused = await client.post(test, json={})
        assert (refused.status_code, refused.json()["is_sent"]) == (200, False)
        assert "500 the sink says 500" in refused.json()["answer"]
        assert (await everybody(client))["people"][0]["addresses"][0]["verified_at"] is None

        receiver.modes["/a"] = Mode.OK
        sent = (await client.post(test, json={})).json()
        assert sent == {"is_sent": True, "is_delivered": True, "answer": "200 the sink says 200"}
        assert (await everybody(client))["people"][0]["addresses"][0]["verified_at"] is not None
        logged = (await client.get("/api/v1/deliveries")).json()["items"]
        assert [(one["occasion"], one["state"]) for one in logged] == [
            ("test", "delivered"),
            ("test", "dead"),
        ]
        assert "500 the sink says 500" in logged[1]["tries"][0]["answer"]


async def test_an_escalation_ends(served: Served) -> None:
    async with served.browser() as client:
        me = await myself(client)

        async def save(key: int | None, **wish: Any) -> httpx.Response:
            body = {"person_id": me} | wish
            if key is None:
                return await client.post("/api/v1/routes", json=body)
            return await client.put(f"/api/v1/routes/{key}", json=body)

        for _ in range(3):
            assert (await save(None)).status_code == 201
        one, two, three = [route["id"] for route in (await everybody(client))["routes"]]
        assert (await save(one, next_id=two, escalate_after_s=900)).status_code == 200
        assert (await save(two, next_id=three, escalate_after_s=900)).status_code == 200
        for bad, sentence in (
            ({"next_id": one, "escalate_after_s": 60}, "the escalation goes in a circle"),
            ({"next_id": three, "escalate_after_s": 60}, "the escalation goes in a circle"),
            ({"next_id": one}, "say after how long"),
            ({"next_id": one, "escalate_after_s": 0}, "escalate_after_s"),
            ({"escalate_after_s": 60}, "say which route is told next"),
            ({"site_id": served.owners[0].site, "tags": {"region": "north"}}, "either a site or tags"),
            ({"channels": ["pigeon"]}, 'there is no channel "pigeon"'),
            ({"hours": {"start": "08:00", "end": "08:00"}}, "hours begin and end at 08:00"),
            ({"hours": {"start": "8", "end": "25:00"}}, "hours"),
        ):
            answer = await save(three, **bad)
            assert (answer.status_code, sentence in answer.json()["detail"]) == (400, True), answer.text
        assert (await save(three, site_id=served.owners[1].site)).status_code == 404
        first = (await everybody(client))["routes"][0]
        assert first["sentence"] == (
            "person 1 hears of warning and worse at every site; 15 min without an acknowledgement, "
            "and person 1 is told."
        )
        gone = await client.request("DELETE", f"/api/v1/routes/{two}", json={})
        assert [route["next_id"] for route in gone.json()["routes"]] == [None, None]


async def test_who_is_away_comes_back(served: Served) -> None:
    now = served.now()
    async with served.browser() as client:
        me = await myself(client)
        for bad, sentence in (
            ({"away_from": now, "away_to": now - 1}, "must end after it begins"),
            ({"away_from": now}, "must end after it begins"),
            ({"away_to": now}, "an absence needs a beginning"),
            ({"deputy_id": me}, "nobody is their own deputy"),
            ({"language": "English"}, "language"),
        ):
            answer = await client.put(f"/api/v1/people/{me}", json={"language": "hi"} | bad)
            assert (answer.status_code, sentence in answer.json()["detail"]) == (400, True), answer.text
        done = await client.put(
            f"/api/v1/people/{me}", json={"language": "hi", "away_from": now, "away_to": now + 1_000}
        )
        assert (done.json()["people"][0]["language"], done.json()["people"][0]["away_to"]) == (
            "hi",
            now + 1_000,
        )
        last = await client.put("/api/v1/last-resort", json={"person_id": me})
        assert last.json()["last_resort_id"] == me
        assert (await client.put("/api/v1/last-resort", json={"person_id": 999})).status_code == 404


async def test_the_log_has_each_try_and_what_was_answered(served: Served) -> None:
    await fire(served, "a")
    async with served.browser() as client:
        me = await myself(client)
        for number in range(3):
            await _told(served, me, number)
        page = (await client.get("/api/v1/deliveries", params={"limit": 2})).json()
        assert [one["subject"] for one in page["items"]] == ["message 2", "message 1"]
        newest = page["items"][0]
        assert [(one["outcome"], one["answer"]) for one in newest["tries"]] == [("retry", "451 later")]
        rest = await client.get("/api/v1/deliveries", params={"limit": 2, "cursor": page["next"]})
        assert [one["subject"] for one in rest.json()["items"]] == ["message 0"]
        assert rest.json()["next"] is None
        assert (await client.get("/api/v1/deliveries", params={"state": "dead"})).json()["items"] == []
        assert (await client.get("/api/v1/deliveries", params={"state": "lost"})).status_code == 400
        timeline = (await client.get("/api/v1/alerts/a")).json()["timeline"]
        told = [one["delivery"]["subject"] for one in timeline if one["kind"] == "told"]
        assert told == ["message 0", "message 1", "message 2"]
        assert {one.name for one in SENDERS} == {one["name"] for one in (await everybody(client))["channels"]}


async def _told(served: Served, person_id: int, number: int) -> None:
    """A message that its provider did not take at once."""
    now, own = served.now(), served.owners[0].organisation
    row = Notification(
        organisation_id=own,
        key=f"key {number}",
        alert_id="a",
        member_id="a",
        site_id=served.owners[0].site,
        counter=1,
        occasion="page",
        severity=Severity.WARNING,
        person_id=person_id,
        channel="mail",
        address="asha@example.org",
        created_at=now + number,
        expires_at=now + 60_000,
    )
    async with served.database.writing() as connection:
        await notifications.add_message(connection, [row], f"message {number}", "…", now)
        (kept,) = await notifications.page(connection, own, None, 1)
        await deliveries.keep(connection, own, kept.id, Try(at=now, outcome="retry", answer="451 later"))


async def test_who_is_entered_is_told_and_can_not_sign_in(served: Served) -> None:
    async with served.browser() as client, served.browser(None) as stranger:
        made = await client.post("/api/v1/people", json={"name": "Ravi Patil"})
        assert made.status_code == 201, made.text
        (ravi,) = (one for one in made.json()["people"] if one["name"] == "Ravi Patil")
        route = {"person_id": ravi["id"], "min_severity": "critical"}
        assert (await client.post("/api/v1/routes", json=route)).status_code == 201
        for password in ("", "a long password", "\0"):
            assert (await sign_in(stranger, "Ravi Patil", password)).status_code in {400, 401}
        again = await client.post("/api/v1/people", json={"name": "Ravi Patil"})
        assert (again.status_code, "already" in again.json()["detail"]) == (409, True)
        for name in ("", " ", "Ra\nvi", "x" * 129):
            assert (await client.post("/api/v1/people", json={"name": name})).status_code == 400, name
    async with served.browser(1) as other:
        assert all(one["name"] != "Ravi Patil" for one in (await everybody(other))["people"])
