"""Every channel by name. To add one: write `channels/<name>.py`, add its line here and a folder of cases in
`tests/channels/fixtures/<name>/`; docs/add-a-channel.md walks through it. The name is part of account and
conversation ids and never changes. `Channel.route` gives the webhook's address.
"""

from channels.base import Channel
from channels.email import Email
from channels.instagram import Instagram
from channels.sms import Sms
from channels.telegram import Telegram
from channels.web import Web
from channels.whatsapp_cloud import WhatsAppCloud
from channels.whatsapp_twilio import WhatsAppTwilio

CHANNELS: dict[str, Channel] = {
    channel.name: channel
    for channel in (
        Telegram(),
        WhatsAppTwilio(),
        WhatsAppCloud(),
        Instagram(),
        Sms(),
        Email(),
        Web(),
    )
}  # fmt: skip
