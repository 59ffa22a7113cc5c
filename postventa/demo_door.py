"""The demo's way to the API: every request has a key of its own, so that asking again repeats nothing."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from postventa.demo_texts import say
from postventa.launcher import NotUp

Json = dict[str, Any]
MARK = "demo-1"
"""The first part of every key. Change it when the demo asks for other things: a key keeps its body for ever."""

PATIENCE = 180.0
"""Seconds the API may be away before the demo gives up; run again, it goes on where it was."""
_LONGEST_PAUSE = 5.0
_PASSWORD = "demo"
_AGAIN = frozenset({"visit_window", "until_in_the_past", "by_in_the_past", "due_in_the_past", "key_reused"})
"""Refusals of a date: it lay in the past when a broken run was taken up again, or was moved on then."""
_WEEKS = 520


@dataclass(frozen=True)
class Later:
    """A time in a body: so long after the ticket was opened, and so the same in every run."""

    minutes: int

    def after(self, opened_at: datetime, weeks: int) -> str:
        return (opened_at + timedelta(minutes=self.minutes, weeks=weeks)).isoformat()


@dataclass(frozen=True)
class File:
    """Evidence sent as a form with a file."""

    kind: str
    name: str
    content: bytes


class Refused(Exception):
    """The API said no: its status and its problem, whole."""

    def __init__(self, status: int, problem: Json) -> None:
        super().__init__(f"{status} {problem.get('detail', '')}")
        self.status = status
        self.problem = problem

    @property
    def codes(self) -> list[str]:
        return [str(one["code"]) for one in self.problem.get("errors", [])]


@dataclass
class Door:
    """One API, and the people logged in to it."""

    http: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def post(self, user: str, path: str, body: Json | File, key: str) -> Json:
        """One action. Raises `Refused`, and `NotUp` when the API stays away."""
        headers = {**await self._headers(user), "Idempotency-Key": f"{MARK}:{key}"}
        if isinstance(body, File):
            files = {"file": (body.name, body.content)}
            return await self._ask("POST", path, headers=headers, data={"kind": body.kind}, files=files)
        return await self._ask("POST", path, headers=headers, json=body)

    async def post_dated(self, user: str, path: str, body: Json, key: str, opened_at: datetime) -> Json:
        """An action with dates after the opening; those that have passed meanwhile move on week by week."""
        dated = any(isinstance(value, Later) for value in body.values())
        for weeks in range(_WEEKS if dated else 1):
            said = {k: v.after(opened_at, weeks) if isinstance(v, Later) else v for k, v in body.items()}
            try:
                return await self.post(user, path, said, key)
            except Refused as refusal:
                if not dated or _AGAIN.isdisjoint(refusal.codes):
                    raise
        raise AssertionError(f"no date fits {key}")

    async def get(self, user: str, path: str, **query: Any) -> Json:
        said = {name: value for name, value in query.items() if value is not None}
        return await self._ask("GET", path, headers=await self._headers(user), params=said)

    async def _headers(self, user: str) -> dict[str, str]:
        async with self.lock:
            if user not in self.tokens:
                form = {"username": user, "password": _PASSWORD}
                self.tokens[user] = (await self._ask("POST", "/auth/token", data=form))["access_token"]
        return {"Authorization": f"Bearer {self.tokens[user]}", "Accept-Language": "es"}

    async def _ask(self, method: str, path: str, **given: Any) -> Json:
        """Asks until there is an answer: what is away is asked again, and the key makes that safe."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        while True:
            pause = 1.0
            try:
                answer = await self.http.request(method, path, **given)
            except httpx.TransportError as error:
                why = type(error).__name__
            else:
                if answer.status_code != 503:
                    return _answer(answer)
                why, pause = "503", _pause(answer)
            if loop.time() + pause > until:
                raise NotUp(say("away", seconds=int(PATIENCE), why=why))
            await asyncio.sleep(pause)


def _pause(answer: httpx.Response) -> float:
    said = answer.headers.get("Retry-After", "")
    return min(float(said), _LONGEST_PAUSE) if said.isdecimal() else 1.0


def _answer(answer: httpx.Response) -> Json:
    try:
        said = answer.json()
    except ValueError:
        said = {"detail": answer.text[:200]}
    if answer.is_success and isinstance(said, dict):
        return said
    raise Refused(answer.status_code, said if isinstance(said, dict) else {"detail": str(said)[:200]})
