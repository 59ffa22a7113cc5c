from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from models.shared.calendar import Calendar, CalendarSpec, to_instant
from models.shared.calendar_compiler import compile_calendar
from models.shared.durations import days, seconds, wall_seconds
from models.shared.errors import Invalid
from tests.shared.calendars import FIRST, LAST, MEXICO, WRITTEN, compiled, counted
from tests.shared.oracle import mexican_holidays

MINUTES = (LAST - FIRST) // timedelta(minutes=1)
DAYS_LEFT_OUT = 120 * 1440

names = st.sampled_from(sorted(WRITTEN))
minutes = st.integers(0, MINUTES - DAYS_LEFT_OUT).map(lambda number: FIRST + timedelta(minutes=number))
instants = st.integers(0, MINUTES * 60).map(lambda number: FIRST + timedelta(seconds=number))
budgets = st.integers(0, 4_000)


def mexico(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo("America/Mexico_City")).astimezone(UTC)


def madrid(year: int, month: int, day: int, hour: int = 0, minute: int = 0, fold: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Madrid"), fold=fold).astimezone(
        UTC
    )


def spec(**changes: object) -> CalendarSpec:
    return CalendarSpec.model_validate(MEXICO.as_policy() | changes)


def faults(error: pytest.ExceptionInfo[ValidationError]) -> list[tuple[tuple[int | str, ...], str]]:
    return [(found["loc"], found["msg"]) for found in error.value.errors()]


@pytest.mark.req("GEN-07")
@given(names, minutes, minutes)
@settings(max_examples=600, deadline=None)
def test_measuring_agrees_with_counting_minutes(name: str, one: datetime, other: datetime) -> None:
    start, end = sorted((one, other))
    assert compiled(name).measure(start, end) == counted(name).measure(start, end) * 60


@pytest.mark.req("GEN-07")
@given(names, minutes, budgets)
@settings(max_examples=600, deadline=None)
def test_adding_agrees_with_counting_minutes(name: str, start: datetime, budget: int) -> None:
    budget %= 1_000 if "Madrid" in name else 4_001
    assert compiled(name).add(start, budget * 60) == counted(name).add(start, budget)


@pytest.mark.req("GEN-07")
@given(names, minutes)
@settings(max_examples=300, deadline=None)
def test_being_open_and_opening_next_agree_with_counting_minutes(name: str, at: datetime) -> None:
    assert compiled(name).is_open(at) == counted(name).is_open(at)
    assert compiled(name).next_open(at) == counted(name).next_open(at)


@pytest.mark.req("GEN-07")
@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_every_minute_of_the_weeks_around_a_change_of_clocks_agrees(name: str) -> None:
    oracle, calendar = counted(name), compiled(name)
    for first in (mexico(2030, 3, 8), madrid(2030, 3, 30), mexico(2030, 9, 30), madrid(2030, 10, 26)):
        start = first.astimezone(UTC)
        for number in range(0, 9 * 1440, 5):
            at = start + timedelta(minutes=number)
            assert calendar.is_open(at) == oracle.is_open(at), at


@pytest.mark.req("GEN-07")
@given(names, instants, st.integers(1, 400_000))
@settings(deadline=None)
def test_adding_and_measuring_are_inverse(name: str, start: datetime, budget: int) -> None:
    calendar = compiled(name)
    end = calendar.add(start, budget)
    assert calendar.measure(start, end) == budget
    assert calendar.measure(start, end - timedelta(seconds=1)) == budget - 1


@pytest.mark.req("GEN-07")
@given(names, instants, instants, instants)
@settings(deadline=None)
def test_measures_of_neighbouring_spans_add_up(
    name: str, one: datetime, two: datetime, three: datetime
) -> None:
    calendar = compiled(name)
    start, middle, end = sorted((one, two, three))
    assert calendar.measure(start, middle) + calendar.measure(middle, end) == calendar.measure(start, end)


@pytest.mark.req("GEN-07")
@given(names, instants, st.integers(0, 200_000), st.integers(0, 200_000))
@settings(deadline=None)
def test_more_time_never_ends_earlier(name: str, start: datetime, one: int, other: int) -> None:
    calendar = compiled(name)
    less, more = sorted((one, other))
    assert calendar.add(start, less) <= calendar.add(start, more)
    assert calendar.measure(start, start + timedelta(seconds=less)) <= calendar.measure(
        start, start + timedelta(seconds=more)
    )


def test_nothing_is_measured_backwards() -> None:
    assert compiled("business in Mexico").measure(mexico(2030, 7, 2, 12), mexico(2030, 7, 2, 10)) == 0


def test_adding_nothing_is_the_start_itself_in_whole_seconds_of_utc() -> None:
    sunday = mexico(2030, 7, 7, 12).replace(microsecond=900_000)
    end = compiled("business in Mexico").add(sunday, 0)
    assert (end, end.tzinfo) == (datetime(2030, 7, 7, 18, tzinfo=UTC), UTC)
    assert to_instant(sunday) == end


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        to_instant(datetime(2030, 7, 7, 12))  # noqa: DTZ001


def test_a_budget_that_ends_with_the_day_ends_at_closing_time() -> None:
    end = compiled("business in Mexico").add(mexico(2030, 7, 5, 9), 9 * 3600)
    assert end == mexico(2030, 7, 5, 18)


@pytest.mark.req("GEN-07")
@pytest.mark.parametrize("year", range(2024, 2049))
def test_mexican_holidays_are_those_of_the_labour_law(year: int) -> None:
    always_open = compile_calendar(spec(windows="all"), year, 1)
    found = [day for day in always_open.closed if date(1970, 1, 1) + timedelta(days=day) >= date(year, 1, 1)]
    closed = [date(1970, 1, 1) + timedelta(days=day) for day in found]
    assert [day for day in closed if day.year == year] == sorted(mexican_holidays(year))


@pytest.mark.req("GEN-07")
@pytest.mark.parametrize(("year", "closed"), [(2024, True), (2029, False), (2030, True), (2036, True)])
def test_the_change_of_federal_power_closes_the_first_of_october(year: int, closed: bool) -> None:
    calendar = compile_calendar(spec(windows="all"), year)
    assert calendar.is_open(mexico(year, 10, 1, 12)) is not closed
    assert calendar.is_open(mexico(year, 12, 1, 12))


@pytest.mark.req("GEN-07")
def test_a_window_in_a_skipped_hour_does_not_happen_and_in_a_repeated_one_happens_twice() -> None:
    calendar = compiled("one hour that is skipped and repeated in Madrid")
    assert calendar.measure(madrid(2030, 3, 31), madrid(2030, 4, 1)) == 20 * 60
    assert calendar.measure(madrid(2030, 10, 27), madrid(2030, 10, 28)) == 100 * 60
    assert calendar.is_open(madrid(2030, 10, 27, 2, 30, fold=0))
    assert calendar.is_open(madrid(2030, 10, 27, 2, 30, fold=1))


@pytest.mark.req("GEN-07")
@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (mexico(2030, 7, 1, 10, 30), 3, mexico(2030, 7, 4, 10, 30)),
        (mexico(2030, 7, 4, 10, 30), 3, mexico(2030, 7, 9, 10, 30)),
        (mexico(2030, 9, 13, 10), 1, mexico(2030, 9, 17, 10)),
        (mexico(2030, 7, 6, 10), 1, mexico(2030, 7, 8, 10)),
        (mexico(2030, 7, 1, 20), 1, mexico(2030, 7, 3, 9)),
        (mexico(2030, 7, 1, 18), 1, mexico(2030, 7, 3, 9)),
        (mexico(2030, 7, 1, 7), 1, mexico(2030, 7, 2, 9)),
        (mexico(2030, 7, 6, 10), 0, mexico(2030, 7, 8, 9)),
        (mexico(2030, 7, 1, 10), 0, mexico(2030, 7, 1, 10)),
    ],
    ids=[
        "same time of day", "over a weekend", "over a holiday", "from a Saturday", "late in the evening",
        "at closing time", "before opening", "none on a day off", "none in a window",
    ],
)  # fmt: skip
def test_business_days_end_at_the_same_time_moved_into_a_window(
    start: datetime, count: int, end: datetime
) -> None:
    assert compiled("business in Mexico").add_days(start, count) == end


@pytest.mark.req("GEN-07")
def test_business_days_keep_the_local_time_over_a_change_of_clocks() -> None:
    always = compile_calendar(CalendarSpec(timezone="Europe/Madrid", windows="all"), 2030)
    assert always.add_days(madrid(2030, 3, 30, 12), 1) == madrid(2030, 3, 31, 12)
    assert always.add_days(madrid(2030, 10, 26, 12), 1) == madrid(2030, 10, 27, 12)
    assert always.add_days(madrid(2029, 12, 31, 12), 1) == madrid(2030, 1, 1, 12)


@pytest.mark.req("GEN-07")
def test_business_days_ending_in_a_skipped_hour_end_when_it_is_over_and_in_a_repeated_one_the_first_time() -> (
    None
):
    always = compile_calendar(CalendarSpec(timezone="Europe/Madrid", windows="all"), 2030)
    assert always.add_days(madrid(2030, 3, 30, 2, 30), 1) == madrid(2030, 3, 31, 3, 0)
    assert always.add_days(madrid(2030, 10, 26, 2, 30), 1) == madrid(2030, 10, 27, 2, 30, fold=0)
    assert always.add_days(madrid(2030, 10, 26, 3), 1) == madrid(2030, 10, 27, 3)


@given(names, instants, st.integers(0, 20))
@settings(deadline=None)
def test_more_business_days_always_end_later_and_in_business_time(
    name: str, start: datetime, count: int
) -> None:
    calendar = compiled(name)
    end = calendar.add_days(start, count)
    assert calendar.is_open(end)
    assert end >= to_instant(start) or count == 0
    assert calendar.add_days(start, count + 1) > end or not calendar.is_open(start)


@pytest.mark.req("GEN-06")
def test_a_compiled_calendar_is_small_and_survives_being_recorded() -> None:
    calendar = compiled("business in Mexico")
    recorded = calendar.model_dump_json()
    assert len(recorded) < 450
    assert Calendar.model_validate_json(recorded) == calendar
    start = mexico(2030, 7, 4, 10, 30)
    assert Calendar.model_validate_json(recorded).add(start, 40 * 3600) == calendar.add(start, 40 * 3600)


@pytest.mark.req("GEN-07")
def test_beyond_the_compiled_years_windows_go_on_without_holidays() -> None:
    calendar = compile_calendar(spec(), 2030, 1)
    assert calendar.measure(mexico(2045, 9, 11), mexico(2045, 9, 18)) == 5 * 9 * 3600
    assert calendar.measure(mexico(2003, 9, 15), mexico(2003, 9, 22)) == 5 * 9 * 3600
    assert calendar.add(mexico(2045, 9, 15, 17), 2 * 3600) == mexico(2045, 9, 18, 10)


@pytest.mark.parametrize("year", [1, 9_999])
def test_years_nobody_knows_are_compiled_without_failing(year: int) -> None:
    assert compile_calendar(spec(), year).offsets


def test_a_calendar_is_compiled_once() -> None:
    assert compile_calendar(spec(), 2030) is compile_calendar(spec(), 2030)


@pytest.mark.req("GEN-13")
def test_an_unknown_time_zone_is_refused_with_its_place() -> None:
    for name in ("America/Macondo", "America", "../etc"):
        with pytest.raises(Invalid) as refused:
            compile_calendar(spec(timezone=name), 2030)
        assert [fault.path for fault in refused.value.faults] == ["timezone"]


@pytest.mark.req("GEN-13")
@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"windows": {"mon": ["18:00-09:00"]}}, ("windows", "mon", 0), "antes de empezar"),
        ({"windows": {"mon": ["09:00-09:00"]}}, ("windows", "mon", 0), "antes de empezar"),
        ({"windows": {"mon": ["9-18"]}}, ("windows", "mon", 0), "HH:MM-HH:MM"),
        ({"windows": {"mon": ["09:00-24:01"]}}, ("windows", "mon", 0), "HH:MM-HH:MM"),
        ({"windows": {"mon": ["11:00-13:00", "09:00-12:00"]}}, ("windows", "mon"), "enciman"),
        ({"windows": {"mon": []}}, ("windows",), "no abre"),
        ({"windows": "always"}, ("windows",), "all o una lista"),
        ({"windows": None}, ("windows",), "all o una lista"),
        ({"holidays": "US"}, ("holidays",), "MX, una lista de fechas o nada"),
        (
            {"exceptions": {"2030-05-01": ["10:00-14:00", "13:59-15:00"]}},
            ("exceptions", "2030-05-01"),
            "enciman",
        ),
    ],
)
def test_a_wrong_calendar_says_where_in_spanish(
    changes: dict[str, object], place: tuple[int | str, ...], words: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        spec(**changes)
    ((found, message),) = faults(refused)
    assert found == place
    assert words in message


def test_what_was_written_comes_back_as_it_was_written() -> None:
    for written in WRITTEN.values():
        read = CalendarSpec.model_validate(written.as_policy())
        assert CalendarSpec.model_validate_json(read.model_dump_json()) == read


def test_windows_that_touch_are_one_stretch() -> None:
    calendar = compile_calendar(spec(windows={"mon": ["14:00-24:00", "09:00-14:00"]}), 2030)
    assert calendar.add(mexico(2030, 7, 1, 13), 2 * 3600) == mexico(2030, 7, 1, 15)


@pytest.mark.parametrize(
    "broken",
    [
        {"week": [[]] * 7, "offsets": [[0, 0]]},
        {"week": [[[0, 60]]], "offsets": [[0, 0]]},
        {"week": [[[0, 60]]] * 7, "offsets": []},
    ],
    ids=["never open", "short week", "no offset"],
)
def test_a_calendar_nothing_can_be_counted_in_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Calendar.model_validate(broken)


def test_openings_come_in_order() -> None:
    calendar = compiled("two windows a day and a short Saturday")
    openings = [calendar.next_open(mexico(2030, 10, 2) + timedelta(hours=6 * step)) for step in range(24)]
    assert all(earlier <= later for earlier, later in pairwise(openings))
    assert mexico(2030, 10, 3, 16) not in openings


@pytest.mark.req("GEN-06")
def test_durations_are_read_as_policy_writes_them() -> None:
    assert [seconds("30m"), seconds("2h"), seconds("0m")] == [1_800, 7_200, 0]
    assert [wall_seconds("90m"), wall_seconds("24h"), wall_seconds("2d")] == [5_400, 86_400, 172_800]
    assert [days("3d"), days("30d")] == [3, 30]


@pytest.mark.req("GEN-13")
@pytest.mark.parametrize("read", [seconds, wall_seconds, days])
@pytest.mark.parametrize("written", ["", "3", "h", "-1h", "1.5h", "3 d", "1h30m", "3d\n", "٣d", "999999m"])
def test_a_wrong_duration_is_refused(read: object, written: str) -> None:
    with pytest.raises(ValueError, match="30m, 2h o 3d"):
        read(written)  # type: ignore[operator]


@pytest.mark.req("GEN-13")
def test_days_and_hours_are_not_taken_for_each_other() -> None:
    with pytest.raises(ValueError, match="minutos u horas"):
        seconds("3d")
    with pytest.raises(ValueError, match="en días"):
        days("72h")
