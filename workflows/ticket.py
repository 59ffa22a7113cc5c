"""A ticket from the first call to the confirmed close.

    registered ─ classify ─▶ classified ─ assign ─▶ assigned ─ diagnose ─▶ diagnosed ─ resolve ─▶ resolved ─▶ closed
        └───────────── resolve, by the call centre in the first contact ─────────────────┘  reject ─▶ assigned

People wake it by updates, each under its HTTP name, validated by the same rule that is then applied and recorded
once. One timer wakes it otherwise: the earliest of warnings and breaches of two clocks, the time to assign, the open
limit, the ladder, promises, the end of a pause, and the client's time to confirm. Closed, it waits for a reopening
until its grace window is over.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.shared.case import Accepted, Step
    from models.shared.errors import DomainError, NotNow
    from models.ticket import board, rules, view
    from models.ticket.messages import (
        ROOM,
        WORKFLOW,
        Acknowledge,
        AddEvidence,
        AddNote,
        AgreeVisit,
        AssignOrder,
        ChangePart,
        Classify,
        Confirm,
        CorrectOrder,
        DiagnoseOrder,
        FailVisit,
        MakeContact,
        Nothing,
        Order,
        OverrideGate,
        Pause,
        Reason,
        Resolve,
        SetFollowUp,
        Survey,
        TicketStart,
    )
    from models.ticket.types import Ticket
    from workflows import visibility
    from workflows.case import Case
    from workflows.policies import HISTORY_BUDGET
    from workflows.waiting import now, until

AnOrder = TypeVar("AnOrder", bound=Order)  # type: ignore[type-arg]
Rule = Callable[[Ticket, AnOrder, datetime], Step[Ticket]]


@workflow.defn(name=WORKFLOW, failure_exception_types=[DomainError])
class TicketWorkflow:
    @workflow.init
    def __init__(self, start: TicketStart) -> None:
        self._start = start
        self._case: Case[Ticket] = Case("ticket.record", view.document, self._show, start.recent)
        self._wake: tuple[int, datetime | None] = (0, None)
        self._registered = start.ticket is not None
        if start.ticket is not None:
            self._case.resume(start.ticket, start.ticket.revision)
            self._show(start.ticket)

    @workflow.run
    async def run(self, _: TicketStart) -> None:
        if not self._registered:
            await self._register()
        while not self._over():
            await until(
                self._next_wake,
                lambda: self._full() or self._over(),
                lambda: rules.wake_name(self._ticket),
            )
            if self._over():
                break
            if self._full():
                await self._continue_as_new()
            await self._case.take("wake", None, lambda at: rules.wake(self._ticket, at))
        await workflow.wait_condition(workflow.all_handlers_finished)

    # --- Phases ---------------------------------------------------------------------------------------------------

    async def _register(self) -> None:
        asked, policy = self._start.registration, self._start.policy
        assert asked is not None
        assert policy is not None
        await self._case.take(
            "register", asked.request, lambda at: rules.register(asked, self._start.folio, policy, at)
        )
        self._registered = True

    async def _continue_as_new(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(
            TicketStart(folio=self._start.folio, ticket=self._ticket, recent=self._case.recent)
        )

    @property
    def _ticket(self) -> Ticket:
        if self._case.state is None:
            raise NotNow("El ticket todavía se está registrando.", code="registering")
        return self._case.state

    def _next_wake(self) -> datetime | None:
        """The next instant, worked out once per revision; at the end, that of the end."""
        if self._wake[0] != self._case.revision:
            ticket = self._ticket
            instants = (rules.next_wake(ticket), rules.end_due(ticket))
            self._wake = (self._case.revision, min((at for at in instants if at), default=None))
        return self._wake[1]

    def _over(self) -> bool:
        return rules.ended(self._ticket, now())

    def _full(self) -> bool:
        info = workflow.info()
        return info.get_current_history_length() > HISTORY_BUDGET or info.is_continue_as_new_suggested()

    def _show(self, ticket: Ticket) -> None:
        visibility.show(visibility.attributes(ROOM, view.TicketRoom().columns_of(ticket)))
        workflow.set_current_details(board.details(ticket, now()))

    def _check(self, rule: Rule[AnOrder], order: AnOrder) -> None:
        """What the handler will apply, tried: a refusal leaves no trace in the history (GEN-03)."""
        if order.request.key not in self._case.recent:
            rules.act(rule, self._ticket, order, now())

    async def _do(self, verb: str, rule: Rule[AnOrder], order: AnOrder) -> Accepted:
        accepted = await self._case.take(
            verb, order.request, lambda at: rules.act(rule, self._ticket, order, at)
        )
        assert accepted is not None
        return accepted

    # --- People, in the order of a ticket's life ------------------------------------------------------------------

    @workflow.update(description="The folio, once the ticket is on record.")
    async def register(self) -> Accepted:
        await workflow.wait_condition(lambda: self._registered)
        fingerprint = self._start.registration.request.fingerprint if self._start.registration else ""
        return Accepted(folio=self._start.folio, revision=1, fingerprint=fingerprint)

    @workflow.update(description="Type and priority, decided by the call centre.")
    async def classify(self, order: Order[Classify]) -> Accepted:
        return await self._do("classify", rules.classify, order)

    @classify.validator
    def _may_classify(self, order: Order[Classify]) -> None:
        self._check(rules.classify, order)

    @workflow.update(description="To an engineer.")
    async def assign(self, order: AssignOrder) -> Accepted:
        return await self._do("assign", rules.assign, order)

    @assign.validator
    def _may_assign(self, order: AssignOrder) -> None:
        self._check(rules.assign, order)

    @workflow.update(description="An attempt to reach the client.")
    async def contact(self, order: Order[MakeContact]) -> Accepted:
        return await self._do("contact", rules.contact, order)

    @contact.validator
    def _may_contact(self, order: Order[MakeContact]) -> None:
        self._check(rules.contact, order)

    @workflow.update(description="A visit agreed, or moved.")
    async def visits(self, order: Order[AgreeVisit]) -> Accepted:
        return await self._do("visits", rules.visits, order)

    @visits.validator
    def _may_visits(self, order: Order[AgreeVisit]) -> None:
        self._check(rules.visits, order)

    @workflow.update(description="The engineer is on site.")
    async def arrive(self, order: Order[Nothing]) -> Accepted:
        return await self._do("arrive", rules.arrive, order)

    @arrive.validator
    def _may_arrive(self, order: Order[Nothing]) -> None:
        self._check(rules.arrive, order)

    @workflow.update(description="The engineer left.")
    async def leave(self, order: Order[Nothing]) -> Accepted:
        return await self._do("leave", rules.leave, order)

    @leave.validator
    def _may_leave(self, order: Order[Nothing]) -> None:
        self._check(rules.leave, order)

    @workflow.update(description="The visit could not be made.")
    async def fail(self, order: Order[FailVisit]) -> Accepted:
        return await self._do("fail", rules.fail, order)

    @fail.validator
    def _may_fail(self, order: Order[FailVisit]) -> None:
        self._check(rules.fail, order)

    @workflow.update(description="What was found and done.")
    async def diagnose(self, order: DiagnoseOrder) -> Accepted:
        return await self._do("diagnose", rules.diagnose, order)

    @diagnose.validator
    def _may_diagnose(self, order: DiagnoseOrder) -> None:
        self._check(rules.diagnose, order)

    @workflow.update(description="What became of a part.")
    async def parts(self, order: Order[ChangePart]) -> Accepted:
        return await self._do("parts", rules.parts, order)

    @parts.validator
    def _may_parts(self, order: Order[ChangePart]) -> None:
        self._check(rules.parts, order)

    @workflow.update(description="The resolution clock stops.")
    async def pause(self, order: Order[Pause]) -> Accepted:
        return await self._do("pause", rules.pause, order)

    @pause.validator
    def _may_pause(self, order: Order[Pause]) -> None:
        self._check(rules.pause, order)

    @workflow.update(description="The resolution clock goes on.")
    async def resume(self, order: Order[Nothing]) -> Accepted:
        return await self._do("resume", rules.resume, order)

    @resume.validator
    def _may_resume(self, order: Order[Nothing]) -> None:
        self._check(rules.resume, order)

    @workflow.update(description="Evidence put on the case.")
    async def evidence(self, order: Order[AddEvidence]) -> Accepted:
        return await self._do("evidence", rules.evidence, order)

    @evidence.validator
    def _may_evidence(self, order: Order[AddEvidence]) -> None:
        self._check(rules.evidence, order)

    @workflow.update(description="A note for the staff.")
    async def note(self, order: Order[AddNote]) -> Accepted:
        return await self._do("note", rules.note, order)

    @note.validator
    def _may_note(self, order: Order[AddNote]) -> None:
        self._check(rules.note, order)

    @workflow.update(description="A message to the client.")
    async def message(self, order: Order[AddNote]) -> Accepted:
        return await self._do("message", rules.message, order)

    @message.validator
    def _may_message(self, order: Order[AddNote]) -> None:
        self._check(rules.message, order)

    @workflow.update(name="follow-up", description="A promise with a date.")
    async def follow_up(self, order: Order[SetFollowUp]) -> Accepted:
        return await self._do("follow-up", rules.follow_up, order)

    @follow_up.validator
    def _may_follow_up(self, order: Order[SetFollowUp]) -> None:
        self._check(rules.follow_up, order)

    @workflow.update(description="A wrong device, site or client put right.")
    async def correct(self, order: CorrectOrder) -> Accepted:
        return await self._do("correct", rules.correct, order)

    @correct.validator
    def _may_correct(self, order: CorrectOrder) -> None:
        self._check(rules.correct, order)

    @workflow.update(description="Asked for by a person.")
    async def escalate(self, order: Order[Reason]) -> Accepted:
        return await self._do("escalate", rules.escalate, order)

    @escalate.validator
    def _may_escalate(self, order: Order[Reason]) -> None:
        self._check(rules.escalate, order)

    @workflow.update(description="Taken by the ladder, with a next step.")
    async def acknowledge(self, order: Order[Acknowledge]) -> Accepted:
        return await self._do("acknowledge", rules.acknowledge, order)

    @acknowledge.validator
    def _may_acknowledge(self, order: Order[Acknowledge]) -> None:
        self._check(rules.acknowledge, order)

    @workflow.update(description="Solved and documented.")
    async def resolve(self, order: Order[Resolve]) -> Accepted:
        return await self._do("resolve", rules.resolve, order)

    @resolve.validator
    def _may_resolve(self, order: Order[Resolve]) -> None:
        self._check(rules.resolve, order)

    @workflow.update(description="The client says it works.")
    async def confirm(self, order: Order[Confirm]) -> Accepted:
        return await self._do("confirm", rules.confirm, order)

    @confirm.validator
    def _may_confirm(self, order: Order[Confirm]) -> None:
        self._check(rules.confirm, order)

    @workflow.update(description="The client says it does not.")
    async def reject(self, order: Order[Reason]) -> Accepted:
        return await self._do("reject", rules.reject, order)

    @reject.validator
    def _may_reject(self, order: Order[Reason]) -> None:
        self._check(rules.reject, order)

    @workflow.update(description="Every gate is met.")
    async def close(self, order: Order[Nothing]) -> Accepted:
        return await self._do("close", rules.close, order)

    @close.validator
    def _may_close(self, order: Order[Nothing]) -> None:
        self._check(rules.close, order)

    @workflow.update(description="The confirmation waived.")
    async def override(self, order: Order[OverrideGate]) -> Accepted:
        return await self._do("override", rules.override, order)

    @override.validator
    def _may_override(self, order: Order[OverrideGate]) -> None:
        self._check(rules.override, order)

    @workflow.update(description="Worked on again.")
    async def reopen(self, order: Order[Reason]) -> Accepted:
        return await self._do("reopen", rules.reopen, order)

    @reopen.validator
    def _may_reopen(self, order: Order[Reason]) -> None:
        self._check(rules.reopen, order)

    @workflow.update(description="Opened by mistake.")
    async def cancel(self, order: Order[Reason]) -> Accepted:
        return await self._do("cancel", rules.cancel, order)

    @cancel.validator
    def _may_cancel(self, order: Order[Reason]) -> None:
        self._check(rules.cancel, order)

    @workflow.update(description="The client's 1 to 5.")
    async def survey(self, order: Order[Survey]) -> Accepted:
        return await self._do("survey", rules.survey, order)

    @survey.validator
    def _may_survey(self, order: Order[Survey]) -> None:
        self._check(rules.survey, order)

    # --- Whoever looks --------------------------------------------------------------------------------------------

    @workflow.query
    def ticket(self) -> Ticket:
        """The whole state, as the workflow holds it."""
        return self._ticket
