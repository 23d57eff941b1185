"""Signing in and out, the password, API tokens, and how guessing is slowed down."""

import pytest

from cloud.errors import NotSignedIn, TooMany
from cloud.identity import secrets
from cloud.identity.sign_in import SESSION_MS, SignIn, wait_ms, who
from cloud.store import people, sessions, sites
from cloud.store.database import Database
from cloud.tasks.upkeep import tidy
from tests.cloud.api.conftest import PASSWORD, Served, sign_in

NOW = 1_800_000_000_000


async def test_signing_in_and_out(served: Served) -> None:
    async with served.browser(None) as client:
        answer = await sign_in(client, "person 1", PASSWORD)
        assert answer.status_code == 200
        assert answer.json()["person"]["name"] == "person 1"
        assert answer.json()["organisation"]["name"] == "organisation 1"
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert (await client.get("/api/v1/session")).json()["person"] == answer.json()["person"]
        kept = client.cookies["evara_session"]
        assert (await client.request("DELETE", "/api/v1/session", json={})).status_code == 204
        again = await client.get("/api/v1/session", headers={"cookie": f"evara_session={kept}"})
        assert again.status_code == 401, "the session is gone in the store, not only in the browser"


async def test_a_wrong_password_and_an_unknown_name_look_alike(served: Served) -> None:
    async with served.browser(None) as client:
        wrong = await sign_in(client, "person 1", "wrong")
        unknown = await sign_in(client, "nobody", "wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["detail"] == unknown.json()["detail"]


async def test_guessing_is_slowed_down_also_for_the_right_password(served: Served) -> None:
    async with served.browser(None) as client:
        statuses = [(await sign_in(client, "person 1", f"guess {n}")).status_code for n in range(6)]
        assert statuses == [401] * 5 + [429]
        refused = await sign_in(client, "person 1", PASSWORD)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert (await sign_in(client, "person 2", PASSWORD)).status_code == 200, "others are not held up"


WAITS = [
    pytest.param(0, 0, id="nothing failed"),
    pytest.param(4, 0, id="typing errors are free"),
    pytest.param(5, 1_000, id="then a second"),
    pytest.param(8, 8_000, id="then the double of it each time"),
    pytest.param(1_000_000, 900_000, id="and never more than a quarter of an hour"),
]


@pytest.mark.parametrize(("failures", "wait"), WAITS)
def test_wait(failures: int, wait: int) -> None:
    assert wait_ms(failures) == wait


async def _someone(database: Database) -> None:
    async with database.writing() as connection:
        organisation = await sites.first_organisation(connection, NOW)
        kept = await secrets.hash_password(PASSWORD)
        await people.add(connection, organisation, "asha", kept, "administrator", NOW)


async def test_the_right_password_after_the_wait_forgets_the_failures(database: Database) -> None:
    await _someone(database)
    door = SignIn(database)
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            await door.sign_in("asha", "wrong", NOW)
    with pytest.raises(TooMany) as refused:
        await door.sign_in("asha", PASSWORD, NOW + 400)
    assert refused.value.after_s == 0.6
    await door.sign_in("asha", PASSWORD, NOW + 1_000)
    with pytest.raises(NotSignedIn):
        await door.sign_in("asha", "wrong", NOW + 1_001)


async def test_a_session_ends_by_its_age_and_is_cleared_out(database: Database) -> None:
    await _someone(database)
    signed, cookie = await SignIn(database).sign_in("asha", PASSWORD, NOW)
    assert await who(database, cookie, None, NOW + SESSION_MS - 1) == signed
    with pytest.raises(NotSignedIn):
        await who(database, cookie, None, NOW + SESSION_MS)
    await tidy(database, NOW + SESSION_MS)
    async with database.reading() as connection:
        assert await sessions.by_session(connection, secrets.digest(cookie), 0) is None


async def test_a_new_password_ends_the_other_sessions(served: Served) -> None:
    async with served.browser(0) as here, served.browser(0) as elsewhere:
        change = {"old": "wrong", "new": "another password"}
        assert (await here.put("/api/v1/password", json=change)).status_code == 401
        assert (await here.put("/api/v1/password", json={"old": PASSWORD, "new": "short"})).status_code == 400
        assert (await here.put("/api/v1/password", json=change | {"old": PASSWORD})).status_code == 204
        assert (await here.get("/api/v1/session")).status_code == 200
        assert (await elsewhere.get("/api/v1/session")).status_code == 401
        assert (await sign_in(elsewhere, "person 1", PASSWORD)).status_code == 401
        assert (await sign_in(elsewhere, "person 1", "another password")).status_code == 200


async def test_a_token_reads_and_changes_nothing(served: Served) -> None:
    async with served.browser(0) as client, served.browser(None) as program:
        made = (await client.post("/api/v1/tokens", json={"name": "report"})).json()
        bearer = {"authorization": f"Bearer {made['token']}"}
        assert (await program.get("/api/v1/sites", headers=bearer)).status_code == 200
        refused = await program.post("/api/v1/tokens", json={"name": "more"}, headers=bearer)
        assert refused.status_code == 403
        (listed,) = (await client.get("/api/v1/tokens")).json()
        assert listed == {key: made[key] for key in ("id", "name", "created_at", "expires_at")}
        gone = await client.request("DELETE", f"/api/v1/tokens/{made['id']}", json={})
        assert gone.status_code == 204
        assert (await program.get("/api/v1/sites", headers=bearer)).status_code == 401


async def test_a_token_that_is_over_is_not_made(served: Served) -> None:
    async with served.browser(0) as client:
        answer = await client.post("/api/v1/tokens", json={"name": "t", "expires_at": 1})
        assert answer.status_code == 400
        assert "past" in answer.json()["detail"]


async def test_a_misspelt_field_is_named(served: Served) -> None:
    async with served.browser(None) as client:
        answer = await client.post("/api/v1/session", json={"name": "a", "pasword": "b"})
        assert answer.status_code == 400
        assert "pasword" in answer.json()["detail"]
