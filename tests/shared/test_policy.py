"""Policy is versioned data, and a ticket carries its part of it (GEN-06)."""

from decimal import Decimal

import pytest

from models.shared.errors import Invalid
from models.shared.policy import Budget, Policy, TicketPolicy, policy, ticket_policy

pytestmark = pytest.mark.req("GEN-06")

FRONTIER = {
    "timezone": "America/Tijuana",
    "holidays": "MX",
    "windows": {
        **{day: ["08:00-14:00", "15:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
        "sat": ["09:00-13:00"],
    },
}


def test_a_ticket_records_the_defaults_in_seconds_and_days() -> None:
    found = ticket_policy(policy(), 1, "", "", 2031)
    assert found.targets.high == Budget(first_response=3_600, resolution=28_800)
    assert found.targets.low == Budget(first_response=28_800, resolution=144_000)
    assert found.warn_at == (50, 75, 90)
    assert (found.assign_within, found.open_limit, found.acknowledge_within) == (1_800, 86_400, 7_200)
    assert (found.confirm_within_days, found.reopen_within_days) == (3, 5)
    assert (found.recurrence_failures, found.recurrence_within_days) == (3, 30)
    assert (found.expensive_from, found.long_lead_days) == (Decimal(5000), 5)


def test_an_override_changes_its_key_and_leaves_the_others() -> None:
    changed = policy({"ticket": {"targets": {"high": {"resolution": "6h"}}, "warn_at": [80]}})
    assert changed.ticket.targets.high.resolution == "6h"
    assert changed.ticket.targets.high.first_response == "1h"
    assert changed.ticket.warn_at == (80,)
    assert changed.ticket.targets.medium == policy().ticket.targets.medium


@pytest.mark.req("TCK-05")
def test_a_service_level_lays_its_targets_over_the_general_ones() -> None:
    of = policy({"ticket": {"service_levels": {"oro": {"targets": {"high": {"resolution": "6h"}}}}}})
    gold = ticket_policy(of, 1, "", "oro", 2031)
    assert gold.targets.high == Budget(first_response=3_600, resolution=21_600)
    assert gold.targets.medium == ticket_policy(of, 1, "", "", 2031).targets.medium
    assert ticket_policy(of, 1, "", "unknown", 2031) == ticket_policy(of, 1, "", "", 2031)


def test_a_sites_own_calendar_goes_first() -> None:
    of = policy({"calendars": {"frontera": FRONTIER}})
    own = ticket_policy(of, 1, "frontera", "", 2031).calendar
    assert own != ticket_policy(of, 1, "", "", 2031).calendar
    assert own.week[5] == ((540, 780),)


@pytest.mark.parametrize(
    ("overrides", "path", "code"),
    [
        ({"tickets": {}}, "policy.tickets", "extra_forbidden"),
        ({"ticket": {"targets": {"urgent": {}}}}, "policy.ticket.targets.urgent", "extra_forbidden"),
        ({"ticket": {"assign_within": "1d"}}, "policy.ticket.assign_within", "duration_in_days"),
        ({"ticket": {"confirm_within": "8h"}}, "policy.ticket.confirm_within", "duration_not_in_days"),
        ({"ticket": {"open_limit": "soon"}}, "policy.ticket.open_limit", "duration"),
        ({"ticket": {"warn_at": [50, 100]}}, "policy.ticket.warn_at[1]", "less_than"),
        ({"ticket": {"calendar": "lunar"}}, "policy.ticket.calendar", "calendar"),
        ({"annulment": {"calendar": None}}, "policy.annulment.calendar", "missing"),
        (
            {"calendars": {"x": {"timezone": "Nope", "windows": "all"}}},
            "policy.calendars.x.timezone",
            "timezone",
        ),
        ({"billing": {"timezone": "Nope"}}, "policy.billing.timezone", "timezone"),
    ],
)
def test_a_wrong_or_unknown_key_is_told_with_its_path(
    overrides: dict[str, object], path: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        policy(overrides)
    assert [(fault.path, fault.code) for fault in refused.value.faults] == [(path, code)]


def test_a_policy_survives_being_stored() -> None:
    of = policy({"calendars": {"frontera": FRONTIER}})
    assert Policy.model_validate(of.model_dump(mode="json")) == of


@pytest.mark.req("PERF-3")
def test_what_a_ticket_carries_stays_small_and_survives_the_journey() -> None:
    of = policy({"calendars": {"frontera": FRONTIER}})
    carried = ticket_policy(of, 12, "frontera", "", 2031)
    written = carried.model_dump_json()
    assert len(written) < 950
    assert len(ticket_policy(of, 12, "", "", 2031).model_dump_json()) < 800
    assert TicketPolicy.model_validate_json(written) == carried


@pytest.mark.req("GEN-06")
@pytest.mark.parametrize("key", ["assign_within", "acknowledge_within", "open_limit"])
def test_a_deadline_of_no_time_at_all_is_refused(key: str) -> None:
    with pytest.raises(Invalid) as refused:
        policy({"ticket": {key: "0m"}})
    [fault] = refused.value.faults
    assert (fault.path, fault.code) == (f"policy.ticket.{key}", "duration_zero")
