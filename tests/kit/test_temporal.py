"""The engine's facts are written once; a build is known by its code; settings say where things are."""

import asyncio
from pathlib import Path

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.worker import Worker

from kit import temporal
from kit.codec import KeyRing
from kit.engine import dev_engine, time_skipping_engine
from kit.engine_facts import engine_facts
from kit.settings import Settings
from kit.temporal import build_id, connect, current_version, deployment_config, make_current, own_engine
from tests.kit.room import QUEUE, ListenerWorkflow, Person


@pytest.mark.engine
@pytest.mark.req("TCK-18", "GEN-09")
async def test_the_engine_has_its_facts_and_a_version_gets_work_once_it_is_current(
    tmp_path: Path, keys: KeyRing
) -> None:
    async with dev_engine(tmp_path) as engine:
        client = await engine.client(keys)
        request = ListSearchAttributesRequest(namespace=client.namespace)
        listed = await client.operator_service.list_search_attributes(request)
        assert set(engine_facts().search_attributes) <= set(listed.custom_attributes)
        assert await current_version(client) == ""
        async with Worker(
            client, task_queue=QUEUE, workflows=[ListenerWorkflow], deployment_config=deployment_config()
        ):
            case = await client.start_workflow(ListenerWorkflow.run, id="T-2031-000001", task_queue=QUEUE)
            await make_current(client)
            await make_current(client)
            assert await current_version(client) == build_id()
            async with asyncio.timeout(20):
                while len((await case.fetch_history()).events) < 4:  # noqa: ASYNC110  (another process has it)
                    await asyncio.sleep(0.05)
            await engine.kill()
            await engine.start()
            await case.signal(ListenerWorkflow.hear, Person(name="María"))
            assert await case.result() == "María"


async def test_time_can_be_skipped_with_the_same_converter(keys: KeyRing) -> None:
    async with (
        time_skipping_engine(keys) as environment,
        Worker(environment.client, task_queue=QUEUE, workflows=[ListenerWorkflow]),
    ):
        case = await environment.client.start_workflow(ListenerWorkflow.run, id="x", task_queue=QUEUE)
        await case.signal(ListenerWorkflow.hear, Person(name="María"))
        assert await case.result() == "María"


def test_another_rule_is_another_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    rule = tmp_path / "models" / "rules.py"
    monkeypatch.setattr(temporal, "ROOT", tmp_path)
    builds = []
    for text in ("a = 1", "a = 2", "a = 1"):
        rule.write_text(text)
        build_id.cache_clear()
        builds.append(build_id())
    build_id.cache_clear()
    assert builds[0] == builds[2] != builds[1]


async def test_the_engine_is_found_by_the_sdks_own_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings(data=tmp_path)
    assert not own_engine()
    assert (await connect(settings, lazy=True)).namespace == engine_facts().namespace
    monkeypatch.setenv("TEMPORAL_ADDRESS", "engine.example:7233")
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "acme")
    assert own_engine()
    client = await connect(settings, lazy=True)
    assert (client.service_client.config.target_host, client.namespace) == ("engine.example:7233", "acme")


def test_settings_speak_one_dialect_and_know_where_people_find_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p@db/x")
    monkeypatch.setenv("POSTVENTA_HOST", "0.0.0.0")
    monkeypatch.setenv("POSTVENTA_PORT", "8010")
    settings = Settings()
    assert settings.database_url == "postgresql+asyncpg://u:p@db/x"
    assert settings.base_url == "http://127.0.0.1:8010"
    assert settings.data.is_absolute()
    assert Settings(public_url="https://soporte.example/").base_url == "https://soporte.example"
