"""Which dunning step is due when: by the tenant's calendar and zone, each once, never a backlog, never at night."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from core.dunning import OFFSETS, STAGES, Calendar, Debt, Rule, policy
from payments.cadence import allowed, closes_at, decide, next_allowed, plan

MEXICO = Calendar(timezone="America/Mexico_City")
RULES = [Rule(stage=stage, channel="whatsapp_cloud") for stage in STAGES]
DUE = date(2026, 12, 10)  # a Thursday
ZONES = ("America/Mexico_City", "America/Sao_Paulo", "America/Bogota", "Europe/Madrid", "Pacific/Auckland",
         "Asia/Kolkata", "America/St_Johns", "Africa/Cairo")  # fmt: skip


def local(day: date, hour: int, zone: str = "America/Mexico_City") -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_every_stage_falls_on_its_day_at_the_rules_hour():
    steps = plan(DUE, RULES, MEXICO)
    expected = [(stage, local(DUE + timedelta(days=offset), 10)) for stage, offset in OFFSETS.items()]
    assert [(step.stage, step.at) for step in steps] == expected


def test_a_holiday_moves_a_reminder_before_the_due_date_back_and_others_on():
    calendar = Calendar(timezone="America/Mexico_City", holidays=frozenset({"2026-12-09", "12-11"}))
    at = {step.stage: step.at for step in plan(DUE, RULES, calendar)}
    assert at["T-1"] == local(date(2026, 12, 8), 10)
    assert at["T+1"] == local(date(2026, 12, 12), 10)


def test_a_step_that_its_successor_overtakes_is_left_out():
    calendar = Calendar(timezone="America/Mexico_City", holidays=frozenset({"12-10", "12-11", "12-12", "12-13"}))
    stages = [step.stage for step in plan(DUE, RULES, calendar)]
    assert stages == ["T-3", "T-1", "T+3", "T+7", "T+15", "T+30", "WRITE_OFF"]


def test_an_hour_of_the_night_is_moved_into_the_allowed_hours_of_the_same_day():
    early, late = (plan(DUE, [Rule(stage="DUE", channel="sms", hour=hour)], MEXICO)[0].at for hour in (3, 23))
    assert (early, late) == (local(DUE, 8), local(DUE, 20))


def test_a_worker_that_was_away_for_weeks_does_the_newest_due_step_only():
    found = decide(Debt(due_on=DUE), RULES, MEXICO, local(date(2026, 12, 20), 12))
    assert found.stage == "T+7"
    assert [stage for stage, _ in found.passed] == ["T-3", "T-1", "DUE", "T+1", "T+3"]
    assert found.look_at == local(date(2026, 12, 25), 10)


def test_nothing_is_due_at_night_though_its_time_has_passed():
    found = decide(Debt(due_on=DUE), RULES, MEXICO, local(DUE, 22))
    assert (found.stage, found.look_at) == (None, local(DUE + timedelta(days=1), 8))


def test_a_promise_is_silent_until_its_day_is_over():
    debt = Debt(due_on=DUE, done=frozenset({"T-3", "T-1", "DUE"}), promised_for=DUE + timedelta(days=5))
    quiet = decide(debt, RULES, MEXICO, local(DUE + timedelta(days=5), 20))
    assert (quiet.stage, quiet.look_at) == (None, local(DUE + timedelta(days=6), 8))
    assert decide(debt, RULES, MEXICO, local(DUE + timedelta(days=6), 8)).stage == "T+3"


def test_two_reminders_of_one_invoice_keep_their_distance():
    done = Debt(due_on=DUE, done=frozenset({"DUE"}), last_at=local(DUE + timedelta(days=1), 9))
    found = decide(done, RULES, MEXICO, local(DUE + timedelta(days=1), 10))
    assert (found.stage, found.look_at) == (None, local(DUE + timedelta(days=2), 8))


def test_when_all_is_done_nobody_looks_again():
    assert decide(Debt(due_on=DUE, done=frozenset(STAGES)), RULES, MEXICO, local(DUE, 10)).look_at is None
    assert decide(Debt(due_on=DUE), [], MEXICO, local(DUE, 10)).look_at is None


def test_settings_that_make_no_sense_count_as_not_said():
    assert policy({"dunning": {"opens": "late"}}).opens == 8
    assert policy({"dunning": {"opens": 20, "closes": 6}}).calendar("UTC").opens == 8
    assert policy({"dunning": {"opens": 9, "closed_weekdays": [5, 6]}}).calendar("UTC").closed_weekdays == {5, 6}


calendars = st.builds(
    Calendar, timezone=st.sampled_from(ZONES), opens=st.integers(6, 11), closes=st.integers(13, 23),
    holidays=st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)).map(date.isoformat), max_size=12),
    closed_weekdays=st.frozensets(st.integers(0, 6), max_size=4),
)  # fmt: skip
rule_sets = st.lists(
    st.builds(
        Rule, stage=st.sampled_from(STAGES), channel=st.just("sms"), hour=st.integers(0, 23), enabled=st.booleans(),
        throttle_hours=st.integers(0, 72),
    ),
    unique_by=lambda rule: rule.stage,
)  # fmt: skip
due_dates = st.dates(date(2026, 3, 1), date(2027, 11, 1))


@given(due_dates, rule_sets, calendars)
def test_steps_are_in_order_allowed_and_of_enabled_rules_only(due_on, rules, calendar):
    steps = plan(due_on, rules, calendar)
    assert all(allowed(step.at, calendar) for step in steps)
    assert all(before.at < after.at for before, after in pairwise(steps))
    order = [STAGES.index(step.stage) for step in steps]
    assert order == sorted(set(order))
    assert {step.stage for step in steps} <= {rule.stage for rule in rules if rule.enabled}
    assert plan(due_on, list(reversed(rules)), calendar) == steps


@given(st.integers(0, 700 * 86400).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s)), calendars)
def test_the_next_allowed_moment_is_allowed_and_no_earlier_one_was(moment, calendar):
    found = next_allowed(moment, calendar)
    assert found >= moment
    assert allowed(found, calendar)
    assert closes_at(found, calendar) > found
    assume(found > moment)
    assert not allowed(moment + (found - moment) * 0.5, calendar)


@given(due_dates, rule_sets, calendars, st.integers(1, 30), st.integers(0, 59))
def test_looking_often_or_seldom_each_stage_comes_once_at_most_and_in_order(due_on, rules, calendar, hours, minute):
    """Whoever looks every few hours for 80 days, as a worker that is often away would."""
    now = datetime(due_on.year, due_on.month, due_on.day, 0, minute, tzinfo=UTC) - timedelta(days=6)
    end, debt, sent, passed = now + timedelta(days=80), Debt(due_on=due_on), [], []
    while now < end:
        found = decide(debt, rules, calendar, now)
        if found.stage:
            assert allowed(now, calendar)
            sent.append(found.stage)
            passed += [stage for stage, _ in found.passed]
            done = debt.done | {found.stage} | {stage for stage, _ in found.passed}
            debt = Debt(due_on=due_on, done=done, last_at=now)
        else:
            assert found.look_at is None or found.look_at > now
        now += timedelta(hours=hours)
    assert len({*sent, *passed}) == len(sent) + len(passed)
    assert [STAGES.index(stage) for stage in sent] == sorted(STAGES.index(stage) for stage in sent)
