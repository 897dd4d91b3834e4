"""SMS and MMS through Twilio."""

from typing import ClassVar

from channels.base import Limits, Pace
from channels.twilio import Twilio


class Sms(Twilio):
    """An account's address is a phone number or a short code."""

    name: ClassVar[str] = "sms"
    limits: ClassVar[Limits] = Limits(text=1600, caption=1600, templates=True)
    # A long code sends about one segment per second; Twilio queues what is above.
    pace: ClassVar[Pace] = Pace(account_per_second=1, account_burst=5, pair_per_second=1, pair_burst=3)
