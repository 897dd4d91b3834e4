"""Rows as the tower's JSON."""

from control_tower.shapes import inside, with_money
from core.money import Money


def test_a_document_of_an_agent_is_among_the_attachments():
    quote = {"kind": "document", "mime": "application/pdf", "name": "C-1001-v1.pdf", "url": "https://x.mx/d"}
    found = {"content": {"part": {"media": quote, "style": "media"}}, "agent": None, "intent": None}
    assert inside(found)["attachments"] == [quote]
    assert inside(found | {"content": {}})["attachments"] == []


def test_amounts_are_money_too():
    (row,) = with_money([{"stage": "DUE", "currency": "MXN", "amount_minor": 1250}])
    assert row["amount"] == Money(1250, "MXN")
