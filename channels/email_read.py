"""Read one mail from signed JSON: what the person newly wrote, its thread and its files; automatic mail is ignored."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any

from channels.email_bounce import ROBOTS, bounced
from channels.untrusted import listing, mapping, optional, text
from channels.wire import guard, load_json
from core.errors import Unreadable
from core.messages import Account, Attachment, Envelope, Event, Ignored, MediaKind, Sender

# Header (lower case), test of its value, the name that such mail is ignored by. Answering robots makes loops.
AUTOMATIC: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    ("content-type", lambda value: value.startswith("multipart/report"), "bounce"),
    ("x-failed-recipients", bool, "bounce"),
    ("return-path", lambda value: value == "<>", "bounce"),
    ("auto-submitted", lambda value: value not in ("", "no"), "auto_reply"),
    ("x-autoreply", bool, "auto_reply"),
    ("x-autorespond", bool, "auto_reply"),
    ("precedence", lambda value: value in ("bulk", "junk", "list", "auto_reply"), "bulk"),
    ("list-id", bool, "bulk"),
)
# Where the quoted history begins: `On … wrote:` in the languages that we serve, or a mail program's divider.
HISTORY = re.compile(
    r"^(?:(?:On|El|Em|Le) .{4,200}(?:wrote|escribió|escreveu|a écrit)\s*:\s*$"
    r"|-{3,} ?(?:Original|Mensaje|Mensagem).*$|_{10,}$)",
    re.MULTILINE,
)
KINDS: tuple[tuple[str, MediaKind], ...] = (("image/", "image"), ("audio/", "audio"), ("video/", "video"))
REFERENCES = 20  # ids of a thread that are repeated in answers
BLOCKS = frozenset(("p", "div", "br", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "blockquote"))
HIDDEN = frozenset(("script", "style", "head", "title"))


def read(body: bytes, account: Account) -> list[Event]:
    """Read one mail."""
    return guard("email.mail", [load_json(body)], lambda mail: [event_of(mapping(mail), body, account)])


def event_of(mail: dict[str, Any], body: bytes, account: Account) -> Event:
    """A person's mail, or one that a robot sent."""
    name, address = parseaddr(text(mail.get("from")))
    reason = automatic(mail, address, account)
    if reason == "bounce":
        return bounced(mail, account)
    if reason:
        return Ignored(name=f"email.{reason}")
    if "@" not in address:
        raise Unreadable("email: no sender")
    own = optional(mail.get("message_id")) or f"sha256:{hashlib.sha256(body).hexdigest()}"
    files = tuple(attachment(mapping(item)) for item in listing(mail.get("attachments")))
    words = text(mail.get("text")).strip() or html_text(text(mail.get("html")))
    return Envelope(
        dedupe=own.strip(),
        sender=Sender(id=address.lower(), name=optional(mail.get("from_name")) or name or None),
        kind="message" if words or files else "unsupported",
        text=newly_written(words),
        attachments=files,
        target=optional(mail.get("in_reply_to")),
        provider_time=moment(mail.get("date")),
        context=context(mail),
    )


def automatic(mail: dict[str, Any], address: str, account: Account) -> str | None:
    """Tell which kind of automatic mail this is, if any."""
    headers = {name.lower(): str(value).strip().lower() for name, value in mapping(mail.get("headers")).items()}
    if address.lower() == parseaddr(account.settings.get("from") or account.address)[1].lower():
        return "own"
    if address.lower().partition("@")[0] in ROBOTS:
        return "bounce"
    return next((name for header, found, name in AUTOMATIC if header in headers and found(headers[header])), None)


def context(mail: dict[str, Any]) -> dict[str, Any]:
    """The subject, and the References that an answer carries."""
    given = mail.get("references")
    before = given.split() if isinstance(given, str) else [text(item) for item in listing(given)]
    named = [*before, optional(mail.get("in_reply_to")), optional(mail.get("message_id"))]
    chain = dict.fromkeys(name.strip() for name in named if name and name.strip())
    facts = {"subject": " ".join(text(mail.get("subject")).split()), "thread": " ".join(list(chain)[-REFERENCES:])}
    return {key: value for key, value in facts.items() if value}


def attachment(item: dict[str, Any]) -> Attachment:
    """One file. Its bytes came with the mail and stay in `data`: there is no place to fetch them from later."""
    mime = (optional(item.get("mime")) or "application/octet-stream").lower()
    content = text(item.get("content"))
    try:
        found = base64.b64decode(content, validate=False)
    except (binascii.Error, ValueError):
        raise Unreadable("email: an attachment is not base64") from None
    return Attachment(
        kind=next((kind for beginning, kind in KINDS if mime.startswith(beginning)), "document"),
        mime=mime,
        name=optional(item.get("name")),
        size=len(found),
        sha256=hashlib.sha256(found).hexdigest(),
        data={"base64": content},
    )


def moment(value: object) -> float | None:
    """Read epoch seconds or the Date header."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        return parsedate_to_datetime(text(value)).timestamp()
    except (ValueError, OverflowError):
        return None


def newly_written(words: str) -> str:
    """Leave out the history below an answer; a mail that is only history is kept whole."""
    found = HISTORY.search(words)
    kept = words[: found.start()] if found else words
    lines = kept.rstrip().split("\n")
    while lines and (lines[-1].startswith(">") or not lines[-1].strip()):
        lines.pop()
    return "\n".join(lines).strip() or words


class Words(HTMLParser):
    """Collects what a reader of an HTML mail sees."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line at a block; count what is not shown."""
        if tag in BLOCKS:
            self.words.append("\n")
        self.hidden += tag in HIDDEN

    def handle_endtag(self, tag: str) -> None:
        """Blocks end a line."""
        if tag in BLOCKS:
            self.words.append("\n")
        self.hidden = max(0, self.hidden - (tag in HIDDEN))

    def handle_data(self, data: str) -> None:
        """Text, its spaces as HTML shows them."""
        if not self.hidden:
            self.words.append(re.sub(r"\s+", " ", data))


def html_text(html: str) -> str:
    """The text of an HTML mail."""
    reader = Words()
    reader.feed(html)
    reader.close()
    lines = (line.strip() for line in "".join(reader.words).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
