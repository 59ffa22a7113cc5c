"""A tiny process for the tests of the plumbing: every way a payload can cross the engine, and every way to fail."""

from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from models.shared.errors import DomainError, Fault, GateNotMet, NotNow
    from models.shared.message import Frozen

QUEUE = "plumbing"
FAULTS = (
    Fault(code="root_cause", message="Falta la causa raíz", path="root_cause"),
    Fault(code="evidence", message="Falta la evidencia"),
)


class Person(Frozen):
    name: str
    rounds: int = 0


@activity.defn(name="plumbing.greet")
async def greet(person: Person) -> str:
    activity.heartbeat(person)
    return f"Hola, {person.name}"


@activity.defn(name="plumbing.refuse")
async def refuse(person: Person) -> None:
    raise NotNow(f"{person.name} no puede ahora", code="closed_case")


@workflow.defn(name="Child", failure_exception_types=[DomainError])
class ChildWorkflow:
    @workflow.run
    async def run(self, person: Person) -> str:
        if person.name == "nadie":
            raise GateNotMet("Faltan datos", faults=FAULTS)
        return f"hija de {person.name}"


@workflow.defn(name="Listener", failure_exception_types=[DomainError])
class ListenerWorkflow:
    def __init__(self) -> None:
        self.heard: str = ""

    @workflow.run
    async def run(self) -> str:
        await workflow.wait_condition(lambda: bool(self.heard))
        return self.heard

    @workflow.signal
    def hear(self, person: Person) -> None:
        self.heard = person.name


@workflow.defn(name="Plumbing", failure_exception_types=[DomainError])
class PlumbingWorkflow:
    @workflow.init
    def __init__(self, person: Person) -> None:
        self.person = person
        self.ended = False

    @workflow.run
    async def run(self, person: Person) -> str:
        workflow.upsert_memo({"nota": person.name})
        workflow.set_current_details(f"Atiende a {person.name}")
        if person.rounds:
            await workflow.wait_condition(workflow.all_handlers_finished)
            workflow.continue_as_new(person.model_copy(update={"rounds": person.rounds - 1}))
        await workflow.wait_condition(lambda: self.ended)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.person.name

    @workflow.update
    async def talk(self, person: Person) -> str:
        """An activity, a child and a signal to another case, all with something personal in them."""
        greeting = await workflow.execute_activity(
            greet, person, start_to_close_timeout=timedelta(seconds=10), summary=f"Saluda a {person.name}"
        )
        local = await workflow.execute_local_activity(
            greet, person, start_to_close_timeout=timedelta(seconds=10)
        )
        child = await workflow.execute_child_workflow(
            ChildWorkflow.run, person, id=f"{workflow.info().workflow_id}/child"
        )
        listener: workflow.ExternalWorkflowHandle[ListenerWorkflow] = workflow.get_external_workflow_handle(
            "listener"
        )
        await listener.signal("hear", person)
        return f"{greeting}; {local}; {child}"

    @talk.validator
    def _may_talk(self, person: Person) -> None:
        if person.name == "ocupado":
            raise NotNow("Está ocupado", code="busy", faults=FAULTS)

    @workflow.update
    async def fail(self, where: str) -> None:
        if where == "handler":
            raise GateNotMet("Faltan datos", faults=FAULTS)
        if where == "activity":
            await workflow.execute_activity(
                refuse,
                self.person,
                start_to_close_timeout=timedelta(seconds=10),
                retry_policy=RetryPolicy(maximum_attempts=5),
            )
        await workflow.execute_child_workflow(
            ChildWorkflow.run, Person(name="nadie"), id=f"{workflow.info().workflow_id}/failing"
        )

    @workflow.query
    def who(self, prefix: str) -> str:
        return prefix + self.person.name

    @workflow.signal
    def end(self, person: Person) -> None:
        self.person = person
        self.ended = True
