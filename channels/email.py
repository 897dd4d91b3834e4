"""Email: signed JSON from the tenant's mail service in, SMTP out, threads kept by Message-ID.

The body of `POST /webhooks/email/{tenant}`, signed `X-Orkesta-Signature: sha256=<hex HMAC-SHA256 of the raw body>`:

    {"message_id": "<a1@mail.test>", "from": "ana@mail.test", "from_name": "Ana", "to": "sales@shop.test",
     "subject": "Precio", "text": "…", "html": "…", "in_reply_to": "<…>", "references": ["<…>"], "date": 1767258000,
     "headers": {"Auto-Submitted": "no"},
     "attachments": [{"name": "a.pdf", "mime": "application/pdf", "content": "<base64>"}]}

Only `from` and one of `text` and `html` are needed. `headers` lets automatic mail be told from a person's. A reply's
`Recipient.subject` and `.thread` are the envelope's `context["subject"]` and `context["thread"]`.
"""

import hashlib
import hmac
from contextlib import suppress
from email.errors import HeaderParseError
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import parseaddr
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import aiohttp
import aiosmtplib

from channels import actions
from channels.actions import Action
from channels.base import Channel, Limits, Pace
from channels.email_bounce import message_id
from channels.email_read import read
from channels.wire import anonymous
from core.errors import AccountStopped, ContactStopped, DeliveryError, Transient, UnknownOutcome
from core.messages import Account, Event, Part, Recipient, Request

# The step at which the server refused, how its answer begins, what to do: the first row that matches.
ERRORS: tuple[tuple[str, str, Action], ...] = (
    ("", "421", actions.wait(60, scope="account")),  # the server is closing
    ("login", "4", actions.wait(60, scope="account")),
    ("login", "5", actions.stop_account()),
    ("sender", "4", actions.wait(60, scope="account")),
    ("sender", "5", actions.stop_account()),
    ("recipient", "4", actions.wait(60)),  # greylisting
    ("recipient", "552", actions.wait(3600, free=False)),  # the mailbox is full
    ("recipient", "550 5.7", actions.give_up(alert=True)),  # a policy, or relaying: not the person's fault
    ("recipient", "554 5.7", actions.give_up(alert=True)),
    ("recipient", "5", actions.stop_contact("unreachable")),
    ("data", "4", actions.wait(60)),
    ("data", "5", actions.give_up(alert=True)),
    ("", "", actions.unknown()),
)
ID_HEADERS = ("message-id", "in-reply-to", "references")
LINE, LONGEST_ID = 78, 900  # as written, and as allowed: a line of a mail takes 998 bytes
TIMEOUT_SECONDS = 20
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Wire(EmailPolicy):
    """How our mails are written. Python encodes an id that is longer than a line, and no mail program finds it then."""

    def fold(self, name: str, value: Any) -> str:
        """One line, or one for each id."""
        if name.lower() not in ID_HEADERS:
            return str(super().fold(name, value))
        ids = [one for one in str(value).split() if one.isascii() and len(one) <= LONGEST_ID]
        line = f"{name}: {' '.join(ids)}"
        return (line if len(line) <= LINE else f"{name}: " + f"{self.linesep} ".join(ids)) + self.linesep

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The same as bytes."""
        if name.lower() not in ID_HEADERS:
            return bytes(super().fold_binary(name, value))
        return self.fold(name, value).encode()


WIRE = Wire(linesep="\r\n")


class Email(Channel):
    """`secrets`: smtp_url (`smtps://user:password@host` or `smtp://…`), webhook_secret. `settings`: from, subject."""

    name: ClassVar[str] = "email"
    over_http: ClassVar[bool] = False
    route: ClassVar[str] = "email"
    limits: ClassVar[Limits] = Limits(text=100_000, media=False)
    inline_media: ClassVar[bool] = True
    pace: ClassVar[Pace] = Pace(account_per_second=10, account_burst=20, pair_per_second=1, pair_burst=5)

    def signature(self, request: Request, account: Account) -> dict[str, str]:
        """HMAC-SHA256 of the raw body."""
        secret = account.secrets.get("webhook_secret", "")
        digest = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
        return {"x-orkesta-signature": f"sha256={digest}"} if secret else {}

    def parse(self, request: Request, account: Account) -> list[Event]:
        """Read one mail."""
        return read(request.body, account)

    async def deliver(self, part: Part, to: Recipient, account: Account, http: aiohttp.ClientSession) -> str:
        """Send one mail. The id is its Message-ID, made from ours: a repeated send is recognised by mail programs."""
        try:
            mail = written(part, to, account)
        except (ValueError, HeaderParseError):
            raise ContactStopped("email: no usable address", code="email:address", state="unreachable") from None
        await send(mail, account)
        return str(mail["Message-ID"])


def written(part: Part, to: Recipient, account: Account) -> EmailMessage:
    """Write the mail; header values are kept to one line."""
    author = one_line(account.settings.get("from") or account.address)
    domain = parseaddr(author)[1].rpartition("@")[2]
    if "@" not in parseaddr(to.peer)[1] or not domain:
        raise ValueError("an address has no @")
    mail = EmailMessage(policy=WIRE)
    mail["From"], mail["To"] = author, to.peer
    mail["Subject"] = subject(to, account)
    mail["Message-ID"] = message_id(to.our_id, domain, account)
    answered = one_line(part.quote or to.last_inbound_id or "")
    if answered and not answered.startswith("sha256:"):  # that mail came without an id
        mail["In-Reply-To"] = answered
        mail["References"] = one_line(to.thread or "") or answered
    if not part.human:
        mail["Auto-Submitted"] = "auto-replied" if answered else "auto-generated"  # other robots keep quiet
    mail.set_content(part.text)
    return mail


def subject(to: Recipient, account: Account) -> str:
    """Answer under the customer's own subject."""
    given = one_line(to.subject or "")
    if not given:
        return one_line(account.settings.get("subject") or "Your message")
    return given if given.lower().startswith("re:") or not to.last_inbound_id else f"Re: {given}"


def one_line(value: object) -> str:
    """A value fit for a header."""
    return " ".join(str(value).split())


async def send(mail: EmailMessage, account: Account) -> None:
    """Hand the mail to the account's server, noting the step: only after DATA the outcome can be unknown."""
    smtp, step = connection(account), "login"
    try:
        await smtp.connect()
        step = "sender"
        await smtp.mail(parseaddr(mail["From"])[1])
        step = "recipient"
        await smtp.rcpt(parseaddr(mail["To"])[1])
        step = "data"
        await smtp.data(mail.as_bytes())
    except (aiosmtplib.SMTPException, OSError) as error:
        raise translate(error, step) from None
    finally:
        with suppress(aiosmtplib.SMTPException, OSError):
            await smtp.quit()
        smtp.close()


def connection(account: Account) -> aiosmtplib.SMTP:
    """The account's mail server; a password never travels in the clear except on this machine."""
    url = urlsplit(account.secrets.get("smtp_url", ""))
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise AccountStopped("email: smtp_url must be smtp://… or smtps://…", code="email:smtp_url")
    secure = url.scheme == "smtps"
    exposed = bool(url.username) and not secure and url.hostname not in LOOPBACK
    return aiosmtplib.SMTP(
        hostname=url.hostname,
        port=url.port or (465 if secure else 587),
        username=unquote(url.username) if url.username else None,
        password=unquote(url.password or "") if url.username else None,
        use_tls=secure,
        start_tls=True if exposed else None,
        timeout=TIMEOUT_SECONDS,
    )


def translate(error: aiosmtplib.SMTPException | OSError, step: str) -> DeliveryError:
    """Find the server's answer in the table; without an answer, before DATA nothing was sent."""
    kind = type(error).__name__
    # The bare class: the server has no STARTTLS, or no way to log in that we know.
    if isinstance(error, aiosmtplib.SMTPNotSupported) or type(error) is aiosmtplib.SMTPException:
        return AccountStopped(f"email: {kind}", code="email:not_supported")
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code > 0:
        said = f"{error.code} {error.message}"
        action = next(action for at, begin, action in ERRORS if at in ("", step) and said.startswith(begin))
        return action.raised(anonymous(f"email {step}: {said}"), f"email:{error.code}")
    if step == "data":
        return UnknownOutcome(f"email: {kind}", code="email:no_answer")
    return Transient(f"email: {kind}", code="email:no_connection", scope="account")
