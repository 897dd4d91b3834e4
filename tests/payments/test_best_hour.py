"""The hour of sending is learned: good hours win, unknown ones are tried, and looking again changes nothing."""

from collections import Counter

from core.dunning import Calendar, Hour, Rule
from payments import best_hour

CALENDAR = Calendar(timezone="America/Mexico_City", opens=9, closes=13)


def drawn(seen: dict[int, Hour], many: int = 2000) -> Counter[int]:
    return Counter(best_hour.draw(seen, best_hour.allowed(CALENDAR), f"F-{n}:DUE") for n in range(many))


def test_without_evidence_every_allowed_hour_is_tried_alike():
    found = drawn({})
    assert set(found) == {9, 10, 11, 12}
    assert all(400 < count < 600 for count in found.values())


def test_the_hour_after_which_customers_pay_wins_and_the_others_keep_a_chance():
    seen = {hour: Hour(hour=hour, sent=200, paid=90 if hour == 11 else 20) for hour in (9, 10, 11)}
    found = drawn(seen)
    assert found[11] > found[9] + found[10]
    assert found[12] > 0  # never tried so far
    assert drawn({**seen, 12: Hour(hour=12, sent=200, paid=20)})[11] > 1990


def test_looking_again_at_an_invoice_does_not_move_its_reminder():
    rules = (Rule(stage="DUE", channel="sms"), Rule(stage="T+1", channel="sms"))
    first = best_hour.tried(rules, {}, CALENDAR, "F-1")
    assert best_hour.tried(rules, {}, CALENDAR, "F-1") == first
    assert {rule.hour for rule in first} <= {9, 10, 11, 12}
