"""The refusals of the domain in English, for who asks for it; the rules themselves speak Spanish (GEN-13)."""

from models.shared.errors import DomainError, Fault
from models.shared.texts import codes, text

REFUSALS: dict[str, str] = {
    "archived": "The ticket is closed and archived.",
    "base64": "The content is not valid base64.",
    "before_opening": "A time lies before the opening.",
    "by_in_the_past": "The date of the next step must lie in the future.",
    "calendar": "There is no such calendar.",
    "channel": "Only monitoring registers by monitoring.",
    "due_in_the_past": "A follow-up must have a date in the future.",
    "due_required": "A promised part has its date (due).",
    "ends_before": "It must end after it starts.",
    "engineer": "There is no such engineer.",
    "evidence": "There is no such evidence on the ticket.",
    "evidence_empty": "The file is empty.",
    "evidence_kind": "There is no such kind of evidence.",
    "evidence_too_large": "The file is too large.",
    "evidence_type": "The content is not what this kind of evidence takes.",
    "file": "There is nothing on file under that name.",
    "follow_up": "There is no such pending follow-up; to leave it as one, record first who and when (follow-up).",
    "gate_not_met": "The ticket cannot go on yet: requirements are missing.",
    "grace_over": "The time to reopen it is over: register a new one.",
    "json_invalid": "The body is not valid JSON.",
    "letter": "There is no such message.",
    "missing": "This field is missing.",
    "no_run": "The ticket is not running; tell operations.",
    "not_classified": "The ticket must be classified before it is assigned.",
    "not_identified": "What was named does not exist.",
    "not_overridable": "This requirement cannot be waived.",
    "not_paused": "The resolution clock is not paused.",
    "nothing_active": "There is no active escalation to acknowledge.",
    "occurred_in_the_future": "What happened cannot lie in the future.",
    "other_client": "This ticket belongs to another company.",
    "other_engineer": "Only the assigned engineer can do this.",
    "overridden": "The confirmation is waived already.",
    "part": "There is no such part.",
    "paused": "The resolution clock is paused already.",
    "period": "The period is not valid.",
    "reason_required": "A change of classification needs a reason and whether the facts changed or it was wrong (because).",
    "registering": "The ticket is still being registered.",
    "role": "Your role does not allow this.",
    "same_classification": "The ticket has that classification already.",
    "same_engineer": "The ticket is assigned to that engineer already.",
    "same_place": "The ticket has those data already.",
    "shift": "That is neither a calendar nor hours like 08:00-16:00.",
    "surveyed": "The survey was answered already.",
    "ticket": "There is no such ticket.",
    "timezone": "There is no such time zone.",
    "until_in_the_past": "The pause must end in the future.",
    "user": "There is no such user.",
    "visit": "The ticket has no such visit.",
    "visit_window": "A visit must end after it starts, and in the future.",
}
"""By code; `is_…`, `part_…` and `visit_…` say the state that was met and are written from it."""

_MET = {"is": "state", "part": "part_state", "visit": "visit_state"}


def in_english(error: DomainError, otherwise: str) -> tuple[str, tuple[Fault, ...]]:
    """The sentence of a refusal and of each of its faults; `otherwise` where a code has no words of its own."""
    detail = _words(error.code) or otherwise
    return detail, tuple(
        fault.model_copy(update={"message": _words(fault.code) or otherwise}) for fault in error.faults
    )


def _words(code: str) -> str:
    if code in codes("gate"):
        return text(f"gate.{code}", "en")
    subject, _, state = code.partition("_")
    if subject in _MET and state in codes(_MET[subject]):
        named = {"is": "ticket"}.get(subject, subject)
        return f"Not possible now: the {named} is {text(f'{_MET[subject]}.{state}', 'en')}."
    return REFUSALS.get(code, "")
