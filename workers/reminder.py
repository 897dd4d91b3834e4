"""Writes one reminder: on which channel it can reach the customer now, and as what; or why it cannot."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from channels.base import Channel
from channels.parts import parts
from channels.registry import CHANNELS
from core.dunning import Rule
from core.messages import Part, Struct
from payments import reminders
from payments.reminders import Facts
from storage.dunning import Creditor, Due, Talk

_WORDS = {"whatsapp": ("whatsapp_cloud", "whatsapp_twilio")}
_REPORT_DELIVERY = frozenset({"whatsapp_cloud", "whatsapp_twilio", "sms"})
_AWAY = ("blocked", "unreachable", "moved")


class Letter(Struct):
    """A reminder as it goes out; without a `conversation` there is none yet with this person."""

    invoice: str
    stage: str
    due_at: datetime
    channel: str
    account: str
    peer: str
    name: str | None
    phone: str | None
    conversation: str | None
    part: Part
    fallback_after: timedelta | None  # None: no other channel takes over

    @property
    def reports(self) -> bool:
        """Whether the provider tells that a message was delivered."""
        return self.channel in _REPORT_DELIVERY


def written(creditor: Creditor, item: Due, rule: Rule, due_at: datetime, *, fallback: bool = False) -> Letter | str:
    """The reminder on the rule's channel, else on its fallback (`fallback`: on that alone); or the reason for none."""
    if any(talk.mode == "human" for talk in item.talks):
        return "with_person"
    reason = "no_channel"
    for name in _names(rule, fallback):
        made = _on(creditor, item, rule, due_at, name)
        if isinstance(made, Letter):
            return made
        reason = made
        if reason == "opted_out":  # who said STOP there does not want to hear the same elsewhere
            break
    return reason


def _names(rule: Rule, fallback: bool) -> Iterator[str]:
    """The channels to try, in order."""
    words = ([] if fallback else [rule.channel]) + ([rule.fallback_channel] if rule.fallback_channel else [])
    for word in words:
        yield from _WORDS.get(word, (word,))


def _on(creditor: Creditor, item: Due, rule: Rule, due_at: datetime, name: str) -> Letter | str:
    channel, account = CHANNELS.get(name), creditor.channels.get(name)
    if channel is None or account is None:
        return "no_channel"
    talk = next((talk for talk in item.talks if talk.channel == name), None)
    if talk and talk.stopped:
        return "opted_out"
    if talk and talk.contact in _AWAY:
        return f"contact_{talk.contact}"
    peer = _peer(name, item.identities)
    if talk is None and peer is None:
        return "no_address"
    part = _part(creditor, item, rule, channel, talk)
    if isinstance(part, str):
        return part
    others = [other for other in _names(rule, True) if other != name]
    return Letter(
        invoice=item.number, stage=rule.stage, due_at=due_at, channel=name, account=account, peer=peer or "",
        name=item.customer_name, phone=item.identities.get("phone"), conversation=talk.id if talk else None, part=part,
        fallback_after=timedelta(hours=rule.fallback_after_hours) if others else None,
    )  # fmt: skip


def _part(creditor: Creditor, item: Due, rule: Rule, channel: Channel, talk: Talk | None) -> Part | str:
    facts = Facts(
        business=creditor.name, customer=item.customer_name, number=item.number, owed=item.owed, due_on=item.due_on,
        url=item.payment_url,
    )  # fmt: skip
    locale = reminders.language(talk.locale if talk else None, item.locale, creditor.locale)
    text = reminders.text(rule.stage, facts, locale)
    template = reminders.template(rule, facts, locale) if channel.windowed and channel.limits.templates else None
    if template:  # delivery sends its text instead while the window is open
        return Part(style="template", template=template, text=text)
    if channel.windowed and not (talk and talk.window_open):
        return "no_template"
    made = parts(channel, reminders.plain(text))
    return made[0] if len(made) == 1 else "too_long"


def _peer(channel: str, identities: dict[str, str]) -> str | None:
    """How the provider of a channel names this customer."""
    phone = identities.get("phone")
    if channel == "whatsapp_cloud":
        return identities.get(channel) or (phone and phone.lstrip("+"))
    if channel == "whatsapp_twilio":
        return identities.get(channel) or (phone and f"whatsapp:{phone}")
    return phone if channel == "sms" else identities.get(channel)
