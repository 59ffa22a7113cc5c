"""Who is asking: own tokens, the provider's tokens, and the injected clock that rules both (GEN-11)."""

import base64
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import delete

from activities.failures import Unavailable
from api.auth import (
    KEYS_LIFE,
    KEYS_PAUSE,
    LEEWAY,
    TOKEN_LIFE,
    Caller,
    OwnTokens,
    ProviderTokens,
    require,
    tokens_of,
)
from api.errors import Unauthenticated
from kit.codec import KeyRing
from models.company.tables import UserRow
from models.shared.actor import Actor, Role
from models.shared.errors import NotAllowed
from tests.api.building import MONDAY, SECRET, Door, HandClock, open_door, settings_for

pytestmark = pytest.mark.req("GEN-11")

ISSUER = "https://id.example.com"


@pytest_asyncio.fixture
async def me(door: Door) -> AsyncIterator[Door]:
    """The door, with an operation that says who asks."""

    async def who(caller: Caller) -> Actor:
        return caller

    door.app.get("/api/v1/me")(who)
    yield door


async def log_in(door: Door, username: str, password: str = "demo") -> httpx.Response:
    return await door.http.post("/api/v1/auth/token", data={"username": username, "password": password})


async def test_a_user_logs_in_and_is_known_by_role_and_client(me: Door) -> None:
    answer = await log_in(me, "client1")
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "bearer"
    assert answer.json()["expires_in"] == TOKEN_LIFE.total_seconds()
    token = answer.json()["access_token"]
    who = await me.http.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert who.json() == {"user": "client1", "role": "client", "client": "C1"}


@pytest.mark.parametrize(
    ("user", "password"),
    [("supervisor", "wrong"), ("nobody", "demo"), ("nobody", "nobody has this password"), ("a\x00b", "demo")],
)
async def test_a_wrong_user_and_a_wrong_password_get_the_same_answer(
    door: Door, user: str, password: str
) -> None:
    answer = await log_in(door, user, password)
    assert answer.status_code == 401
    assert [fault["code"] for fault in answer.json()["errors"]] == ["bad_credentials"]


async def test_without_a_token_nobody_gets_in(me: Door) -> None:
    answer = await me.http.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["errors"][0]["code"] == "no_token"


async def test_the_injected_clock_rules_when_a_token_expires(me: Door) -> None:
    headers = me.as_("supervisor")
    me.clock.at = MONDAY + TOKEN_LIFE - timedelta(seconds=1)
    assert (await me.http.get("/api/v1/me", headers=headers)).status_code == 200
    me.clock.at = MONDAY + TOKEN_LIFE
    answer = await me.http.get("/api/v1/me", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"] == "expired_token"


async def test_a_user_who_is_gone_gets_in_no_more(me: Door) -> None:
    headers = me.as_("supervisor")
    async with me.services.sessions.begin() as session:
        await session.execute(delete(UserRow).where(UserRow.id == "supervisor"))
    answer = await me.http.get("/api/v1/me", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"] == "unknown_user"


def forged(**changed: Any) -> str:
    claims = {"iss": "postventa", "sub": "admin", "exp": MONDAY.timestamp() + 3600, **changed}
    return jwt.encode({key: value for key, value in claims.items() if value is not None}, SECRET, "HS256")


def unsigned() -> str:
    """A token of ours whose header says that it needs no signature."""
    header = urlsafe(b'{"alg":"none","typ":"JWT"}')
    return f"{header}.{forged().split('.')[1]}."


def urlsafe(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.mark.parametrize(
    "token",
    [
        "nonsense",
        jwt.encode(
            {"iss": "postventa", "sub": "admin", "exp": 9999999999},
            "another secret that is long enough for HMAC too",
            "HS256",
        ),
        jwt.encode({"iss": "postventa", "sub": "admin", "exp": 9999999999}, SECRET, "HS512"),
        unsigned(),
        forged(iss="somebody"),
        forged(exp=None),
        forged(sub=None),
        forged(nbf=MONDAY.timestamp() + 60),
    ],
    ids=[
        "nonsense",
        "other-secret",
        "other-algorithm",
        "unsigned",
        "other-issuer",
        "no-end",
        "nobody",
        "too-early",
    ],
)
async def test_a_token_that_is_not_ours_is_refused(me: Door, token: str) -> None:
    answer = await me.http.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"] == "bad_token"


async def test_a_token_of_ours_that_was_altered_is_refused(me: Door) -> None:
    assert (
        await me.http.get("/api/v1/me", headers={"Authorization": f"Bearer {forged()}"})
    ).status_code == 200
    altered = forged().rsplit(".", 1)[0] + "." + forged(sub="supervisor").rsplit(".", 1)[1]
    assert (
        await me.http.get("/api/v1/me", headers={"Authorization": f"Bearer {altered}"})
    ).status_code == 401


async def test_a_database_away_is_not_a_wrong_password(keys: KeyRing, tmp_path: Path) -> None:
    async with open_door(keys, settings_for(tmp_path)) as door:
        assert (await log_in(door, "supervisor")).status_code == 503


class Provider:
    """An OIDC provider: keys it publishes, and a count of how often they were read."""

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.reads = 0
        self.away = False
        self.add("k1")

    def add(self, key_id: str) -> None:
        self.keys[key_id] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/jwks"
        self.reads += 1
        if self.away:
            return httpx.Response(503)
        shown = []
        for key_id, key in self.keys.items():
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
            shown.append({**public, "kid": key_id, "use": "sig", "alg": "RS256"})
        return httpx.Response(200, json={"keys": shown})

    def token(self, key_id: str = "k1", **changed: Any) -> str:
        claims = {
            "iss": ISSUER,
            "aud": "postventa",
            "sub": "0a1b",
            "preferred_username": "ana",
            "exp": MONDAY.timestamp() + 300,
            **changed,
        }
        given = {key: value for key, value in claims.items() if value is not None}
        return jwt.encode(given, self.keys[key_id], "RS256", headers={"kid": key_id})


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest_asyncio.fixture
async def tokens(provider: Provider, clock: HandClock) -> AsyncIterator[ProviderTokens]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(provider.answer)) as http:
        yield ProviderTokens(ISSUER, "postventa", f"{ISSUER}/jwks", clock, http)


async def test_a_provider_token_names_its_user(tokens: ProviderTokens, provider: Provider) -> None:
    assert await tokens.user(provider.token()) == "ana"
    assert await tokens.user(provider.token(preferred_username=None)) == "0a1b"


async def test_the_provider_keys_are_read_once_for_many_tokens(
    tokens: ProviderTokens, provider: Provider
) -> None:
    for _ in range(5):
        await tokens.user(provider.token())
    assert provider.reads == 1


async def test_a_new_key_of_the_provider_is_found(
    tokens: ProviderTokens, provider: Provider, clock: HandClock
) -> None:
    await tokens.user(provider.token())
    provider.add("k2")
    with pytest.raises(Unauthenticated):
        await tokens.user(provider.token("k2"))
    assert provider.reads == 1, "unknown key ids must not make us hammer the provider"
    clock.at += KEYS_PAUSE + timedelta(seconds=1)
    assert await tokens.user(provider.token("k2")) == "ana"


async def test_known_keys_serve_while_the_provider_is_away(
    tokens: ProviderTokens, provider: Provider, clock: HandClock
) -> None:
    await tokens.user(provider.token())
    provider.away = True
    clock.at += KEYS_LIFE + timedelta(seconds=1)
    assert await tokens.user(provider.token(exp=clock.at.timestamp() + 60)) == "ana"


async def test_a_provider_that_never_answered_is_away_and_not_a_bad_token(
    tokens: ProviderTokens, provider: Provider
) -> None:
    provider.away = True
    with pytest.raises(Unavailable):
        await tokens.user(provider.token())


@pytest.mark.parametrize(
    "changed",
    [{"iss": "https://evil.example.com"}, {"aud": "another"}, {"aud": None}, {"exp": None}, {"exp": "soon"}],
    ids=str,
)
async def test_a_provider_token_for_somebody_else_is_refused(
    tokens: ProviderTokens, provider: Provider, changed: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        await tokens.user(provider.token(**changed))


async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(
    tokens: ProviderTokens, provider: Provider
) -> None:
    public = provider.keys["k1"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = urlsafe(b'{"alg":"HS256","typ":"JWT","kid":"k1"}')
    claims = provider.token().split(".")[1]
    signature = urlsafe(hmac.digest(public, f"{header}.{claims}".encode(), "sha256"))
    with pytest.raises(Unauthenticated):
        await tokens.user(f"{header}.{claims}.{signature}")


async def test_a_provider_clock_may_differ_by_a_minute(
    tokens: ProviderTokens, provider: Provider, clock: HandClock
) -> None:
    token = provider.token(exp=clock.at.timestamp(), nbf=clock.at.timestamp())
    clock.at += LEEWAY - timedelta(seconds=1)
    assert await tokens.user(token) == "ana"
    clock.at += timedelta(seconds=1)
    with pytest.raises(Unauthenticated):
        await tokens.user(token)


async def test_production_takes_the_provider_tokens_only(
    keys: KeyRing, database: str, tmp_path: Path
) -> None:
    settings = settings_for(
        tmp_path,
        database_url=database,
        environment="production",
        oidc_issuer=ISSUER,
        oidc_jwks_url=f"{ISSUER}/jwks",
    )
    assert not isinstance(tokens_of(settings, HandClock()), OwnTokens)
    async with open_door(keys, settings) as door:
        answer = await log_in(door, "supervisor")
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == "oidc_only"


def test_a_role_that_is_not_named_is_not_allowed() -> None:
    require(Actor(user="a", role=Role.ADMIN), Role.ADMIN, Role.MANAGER)
    with pytest.raises(NotAllowed):
        require(Actor(user="a", role=Role.CLIENT), Role.ADMIN, Role.MANAGER)
