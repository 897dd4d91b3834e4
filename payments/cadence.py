"""Which dunning step is due when: pure functions of due date, rules, calendar and the tenant's time."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.dunning import OFFSETS, STAGES, WRITE_OFF, Calendar, Debt, Decision, Rule
from core.messages import Struct

_LONGEST_HOLIDAY_DAYS = 31


class Step(Struct):
    """One stage of one invoice and the moment (UTC) at which it falls due."""

    stage: str
    at: datetime


def works(day: date, calendar: Calendar) -> bool:
    """Whether the tenant reminds on this day at all."""
    return not (
        day.isoformat() in calendar.holidays
        or f"{day:%m-%d}" in calendar.holidays
        or day.weekday() in calendar.closed_weekdays
    )


def allowed(moment: datetime, calendar: Calendar) -> bool:
    """Whether a reminder may go out at this moment."""
    local = moment.astimezone(ZoneInfo(calendar.timezone))
    return works(local.date(), calendar) and calendar.opens <= local.hour < calendar.closes


def next_allowed(moment: datetime, calendar: Calendar) -> datetime:
    """The first moment from this one on at which a reminder may go out."""
    if allowed(moment, calendar):
        return moment
    local = moment.astimezone(ZoneInfo(calendar.timezone))
    day = local.date()
    if local.hour >= calendar.opens or not works(day, calendar):
        day = _working(day + timedelta(days=1), calendar, 1)
    return _at(day, calendar.opens, calendar)


def closes_at(moment: datetime, calendar: Calendar) -> datetime:
    """When the allowed hours end in which this moment lies."""
    local = moment.astimezone(ZoneInfo(calendar.timezone))
    whole_day = calendar.closes == 24
    return _at(local.date() + timedelta(days=whole_day), 0 if whole_day else calendar.closes, calendar)


def plan(due_on: date, rules: Sequence[Rule], calendar: Calendar) -> list[Step]:
    """Every step of an invoice, in order and each later than the one before.

    A reminder before the due date moves off a holiday to the working day before, others to the one after. Steps keep
    the throttle's distance; one that would come no earlier than its successor is left out.
    """
    known = {rule.stage: rule for rule in rules if rule.enabled}
    wished = [(known[stage], _when(due_on, known[stage], calendar)) for stage in STAGES if stage in known]
    kept: list[tuple[Rule, datetime]] = []
    for rule, at in reversed(wished):
        if not kept or at < kept[0][1]:
            kept.insert(0, (rule, at))
    steps: list[Step] = []
    for place, (rule, wish) in enumerate(kept):
        at = max(wish, _spaced(steps[-1].at, rule, calendar)) if steps else wish
        if place + 1 == len(kept) or at < kept[place + 1][1]:
            steps.append(Step(stage=rule.stage, at=at))
    return steps


def decide(debt: Debt, rules: Sequence[Rule], calendar: Calendar, now: datetime) -> Decision:
    """What to do now about an invoice that is still to be paid: at most the newest due stage, never a backlog."""
    steps = plan(debt.due_on, rules, calendar)
    newest_done = max((STAGES.index(stage) for stage in debt.done if stage in OFFSETS), default=-1)
    left = [step for step in steps if STAGES.index(step.stage) > newest_done]
    if not left:
        return Decision()
    if quiet_until := promise_ends(debt.promised_for, calendar, now):
        return Decision(look_at=quiet_until)
    due = [step for step in left if step.at <= now]
    later = next((step.at for step in left if step.at > now), None)
    if not due:
        return Decision(look_at=later)
    step = due[-1]
    free_at = _free_at(step.stage, debt, rules, calendar)
    wait = next_allowed(max(now, free_at), calendar)
    if wait > now:
        return Decision(look_at=min(wait, later) if later else wait)
    passed = tuple((each.stage, each.at) for each in due[:-1])
    return Decision(stage=step.stage, due_at=step.at, passed=passed, look_at=later)


def promise_ends(promised_for: date | None, calendar: Calendar, now: datetime) -> datetime | None:
    """When reminders may come again after a promise to pay by that day; None: it is over, or there is none."""
    if promised_for is None or now.astimezone(ZoneInfo(calendar.timezone)).date() > promised_for:
        return None
    return next_allowed(_at(promised_for + timedelta(days=1), 0, calendar), calendar)


def _free_at(stage: str, debt: Debt, rules: Sequence[Rule], calendar: Calendar) -> datetime:
    if debt.last_at is None or stage == WRITE_OFF:
        return datetime.min.replace(tzinfo=UTC)
    throttle = next((rule.throttle_hours for rule in rules if rule.stage == stage), 0)
    return debt.last_at + timedelta(hours=throttle)


def _when(due_on: date, rule: Rule, calendar: Calendar) -> datetime:
    offset = OFFSETS[rule.stage]
    day = _working(due_on + timedelta(days=offset), calendar, -1 if offset < 0 else 1)
    hour = min(max(rule.hour, calendar.opens), calendar.closes - 1)
    return next_allowed(_at(day, hour, calendar), calendar)


def _spaced(before: datetime, rule: Rule, calendar: Calendar) -> datetime:
    """The first allowed moment that keeps the throttle's distance from the step before."""
    return next_allowed(before + timedelta(hours=max(0, rule.throttle_hours)), calendar)


def _working(day: date, calendar: Calendar, direction: int) -> date:
    for distance in range(_LONGEST_HOLIDAY_DAYS):
        found = day + timedelta(days=direction * distance)
        if works(found, calendar):
            return found
    return day


def _at(day: date, hour: int, calendar: Calendar) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(calendar.timezone)).astimezone(UTC)
