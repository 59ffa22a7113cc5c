"""Who is asking (GEN-11): a bearer token names the user; role and client come from master data at each request.

In development the API signs tokens itself (HS256) for the demo users. With an OIDC issuer in the settings, and always
in production, tokens are the provider's (RS256, keys by JWKS). Times are judged by the injected clock, so that a
simulated one rules tokens too (GEN-17).
"""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol

import httpx
import jwt
import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from activities.failures import Unavailable
from api.deps import Given, Services
from api.errors import Unauthenticated, responses
from api.texts import ES, sentence
from kit.clock import Clock
from kit.settings import Settings
from models.company.passwords import hashed, matches
from models.company.tables import UserRow
from models.shared.actor import LINK, Actor, Role
from models.shared.errors import NotAllowed

TOKEN_LIFE = timedelta(hours=12)
"""A shift, with what comes before and after it."""

LEEWAY = timedelta(seconds=60)
"""How far a provider's clock may be from ours."""

KEYS_LIFE = timedelta(minutes=10)
KEYS_PAUSE = timedelta(seconds=30)
"""An unknown key id is looked for at the provider at most this often."""

_ISSUER = "postventa"
_NOBODY = hashed("nobody has this password")
_log = structlog.get_logger(__name__)


class Tokens(Protocol):
    async def user(self, token: str) -> str:
        """The user a token names; raises `Unauthenticated`."""
        ...


class OwnTokens:
    """Tokens this API signs itself, in development and simulations."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock

    def issue(self, user: str) -> str:
        now = self._clock.now()
        claims = {"iss": _ISSUER, "sub": user, "iat": now, "exp": now + TOKEN_LIFE}
        return jwt.encode(claims, self._secret, algorithm="HS256")

    async def user(self, token: str) -> str:
        claims = _claims(token, self._secret, "HS256", issuer=_ISSUER)
        _check_times(claims, self._clock.now(), timedelta())
        return str(claims["sub"])


class ProviderTokens:
    """Tokens of an OIDC provider. `preferred_username`, or else `sub`, is the user's id in master data."""

    def __init__(
        self, issuer: str, audience: str, jwks_url: str, clock: Clock, http: httpx.AsyncClient | None = None
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._url = jwks_url
        self._clock = clock
        self._http = http
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def user(self, token: str) -> str:
        try:
            key_id = str(jwt.get_unverified_header(token).get("kid", ""))
        except jwt.PyJWTError as error:
            raise Unauthenticated("bad_token") from error
        key = await self._key(key_id)
        claims = _claims(token, key, "RS256", issuer=self._issuer, audience=self._audience)
        _check_times(claims, self._clock.now(), LEEWAY)
        return str(claims.get("preferred_username") or claims["sub"])

    async def _key(self, key_id: str) -> jwt.PyJWK:
        async with self._lock:
            if self._stale(KEYS_LIFE) or (key_id not in self._keys and self._stale(KEYS_PAUSE)):
                await self._read_keys()
        if key_id not in self._keys:
            raise Unauthenticated("bad_token")
        return self._keys[key_id]

    def _stale(self, after: timedelta) -> bool:
        return self._read_at is None or self._clock.now() - self._read_at > after

    async def _read_keys(self) -> None:
        try:
            if self._http is not None:
                answer = await self._http.get(self._url)
            else:
                async with httpx.AsyncClient(timeout=5) as http:
                    answer = await http.get(self._url)
            answer.raise_for_status()
            found = jwt.PyJWKSet.from_dict(answer.json())
        except (httpx.HTTPError, ValueError, jwt.PyJWTError) as error:
            if self._keys:
                _log.warning("jwks_away", cause=type(error).__name__)
                return  # the keys we know are good until the provider answers again
            raise Unavailable("El proveedor de identidad no responde.") from error
        self._keys = {
            key.key_id: key
            for key in found.keys
            if key.key_id and key.key_type == "RSA" and key.public_key_use != "enc"
        }
        self._read_at = self._clock.now()


def _claims(
    token: str, key: Any, algorithm: str, *, issuer: str, audience: str | None = None
) -> dict[str, Any]:
    options: Any = {
        "require": ["exp", "sub"],
        "verify_exp": False,  # the library asks the machine's clock; ours decides below
        "verify_nbf": False,
        "verify_iat": False,
        "verify_aud": audience is not None,
    }
    try:
        return jwt.decode(
            token, key, algorithms=[algorithm], issuer=issuer, audience=audience, options=options
        )
    except jwt.PyJWTError as error:
        raise Unauthenticated("bad_token") from error


def _check_times(claims: dict[str, Any], now: datetime, leeway: timedelta) -> None:
    try:
        expires, not_before = float(claims["exp"]), float(claims.get("nbf", 0))
    except (TypeError, ValueError) as error:
        raise Unauthenticated("bad_token") from error
    if now.timestamp() >= expires + leeway.total_seconds():
        raise Unauthenticated("expired_token")
    if now.timestamp() < not_before - leeway.total_seconds():
        raise Unauthenticated("bad_token")


def tokens_of(settings: Settings, clock: Clock) -> Tokens:
    """The provider's tokens in production or where an issuer is set; our own otherwise."""
    if settings.production or settings.oidc_issuer:
        url = settings.oidc_jwks_url or f"{settings.oidc_issuer.rstrip('/')}/.well-known/jwks.json"
        return ProviderTokens(settings.oidc_issuer, settings.oidc_audience, url, clock)
    return OwnTokens(settings.signing_secret(), clock)


_bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False)


async def actor(request: Request, given: Given, token: Annotated[str | None, Depends(_bearer)]) -> Actor:
    """The person or machine that asks; raises `Unauthenticated`."""
    if not token:
        raise Unauthenticated("no_token")
    tokens: Tokens = request.app.state.tokens
    user = await tokens.user(token)
    async with given.sessions() as session:
        return await _actor(session, user)


async def _actor(session: AsyncSession, user: str) -> Actor:
    row = await session.get(UserRow, user)
    if row is None or row.role == Role.SYSTEM or row.id == LINK:
        raise Unauthenticated("unknown_user")
    return Actor(user=row.id, role=Role(row.role), client=row.client or "")


Caller = Annotated[Actor, Depends(actor)]


def require(caller: Actor, *roles: Role) -> None:
    """Raises `NotAllowed` unless the caller has one of the roles."""
    if caller.role not in roles:
        raise NotAllowed(sentence("role_not_allowed", ES), code="role_not_allowed")


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"
    expires_in: int


router = APIRouter(prefix="/auth", tags=["auth"])


@router.post(
    "/token",
    summary="Log in: a bearer token for a user and password",
    responses=responses(
        401, 403, example={"access_token": "eyJhbGciOi…", "token_type": "bearer", "expires_in": 43200}
    ),
    openapi_extra={
        "requestBody": {
            "content": {
                "application/x-www-form-urlencoded": {
                    "example": {"username": "supervisor", "password": "demo"}
                }
            }
        }
    },
)
async def token(
    request: Request, given: Given, form: Annotated[OAuth2PasswordRequestForm, Depends()]
) -> Token:
    tokens: Tokens = request.app.state.tokens
    if not isinstance(tokens, OwnTokens):
        raise NotAllowed(sentence("oidc_only", ES), code="oidc_only")
    if not await _password_is_right(given, form.username, form.password):
        raise Unauthenticated("bad_credentials")
    return Token(access_token=tokens.issue(form.username), expires_in=int(TOKEN_LIFE.total_seconds()))


async def _password_is_right(given: Services, user: str, password: str) -> bool:
    async with given.sessions() as session:
        row = await session.get(UserRow, user) if user.isprintable() else None
    known = row.password_hash if row is not None else None
    # a user who does not exist takes as long as one who does
    right = await asyncio.to_thread(matches, known or _NOBODY, password)
    return right and known is not None
