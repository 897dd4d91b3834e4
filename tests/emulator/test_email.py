"""Mail in both directions: the channel's own code sends to the emulator's server and reads what it posts."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from channels.email import Email
from core.errors import ContactStopped, Transient, UnknownOutcome
from core.messages import Account, Envelope, Part, Recipient
from tests.emulator.conftest import Emulator, Product, account

TO = Recipient(peer="ana@example.com", our_id="m-1", subject="Precio", last_inbound_id="<a@example.com>")


@pytest.fixture
def mailbox(emulator: Emulator) -> Account:
    known = account("email")
    url = f"smtp://127.0.0.1:{emulator.world_app.state.smtp_port}"
    return msgspec.structs.replace(known, secrets={**known.secrets, "smtp_url": url})


async def test_a_mail_is_delivered_with_its_thread(emulator: Emulator, mailbox: Account) -> None:
    sent = await Email().deliver(Part(text="Cuesta 489.00 MXN, señora.\nSaludos"), TO, mailbox, emulator.http)
    (entry,) = await emulator.outbox("ana@example.com")
    assert (entry["id"], entry["text"]) == (sent, "Cuesta 489.00 MXN, señora.\nSaludos")
    assert entry["raw"]["Subject"] == "Re: Precio"
    assert entry["raw"]["In-Reply-To"] == "<a@example.com>"


@pytest.mark.parametrize(
    ("kind", "error"), [("greylist", Transient), ("reject", ContactStopped), ("drop_response", UnknownOutcome)]
)
async def test_faults_of_a_mail_server(emulator: Emulator, mailbox: Account, kind: str, error: type[Exception]) -> None:
    await emulator.post("/emulator/faults", {"provider": "smtp", "kind": kind})
    with pytest.raises(error):
        await Email().deliver(Part(text="x"), TO, mailbox, emulator.http)
    assert len(await emulator.outbox("ana@example.com")) == (1 if kind == "drop_response" else 0)
    await Email().deliver(Part(text="x"), TO, mailbox, emulator.http)


async def test_an_inbound_mail_is_signed_and_readable(
    emulator: Emulator, product: tuple[Product, str], event_of: Callable[[Any], Any]
) -> None:
    await emulator.inbound("email", "ana@example.com", "¿Precio?", kind="document", subject="Hola", name="Ana")
    mail = event_of(product[0].requests[0])
    assert isinstance(mail, Envelope)
    assert (mail.text, mail.sender.name, mail.context["subject"]) == ("¿Precio?", "Ana", "Hola")
    assert mail.attachments[0].mime == "application/pdf"
