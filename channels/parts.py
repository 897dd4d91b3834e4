"""Turn a Reply into the provider messages of one channel: rich content degrades, long text is cut, order is kept."""

from msgspec import structs

from channels.base import Channel, Limits
from channels.split import fits, leading_space, shorten, size, split
from channels.wire import clean
from core.messages import Button, Part, Reply


def parts(channel: Channel, reply: Reply) -> tuple[Part, ...]:
    """Cut a reply into parts within the channel's limits; none is empty, and an empty reply has none.

    Media come first with as much of the text as a caption holds; buttons come with the last part. A template
    needs `reply.text` beside it for channels without templates. The quote goes with the first part.
    """
    limits = channel.limits
    human = reply.author == "human"
    if reply.template and limits.templates:
        return (Part(style="template", template=reply.template, text=reply.text, quote=reply.quote, human=human),)
    buttons = tuple(button for button in reply.buttons if button.title.strip())
    style = choice_style(buttons, limits)
    text = body(reply, limits, told(buttons, style))
    first: tuple[Part, ...] = ()
    if reply.media and limits.media:
        mute = reply.media.kind == "audio" and not limits.audio_caption
        caption, text = caption_of(text, limits, alone=mute or style != "text")
        first = (Part(style="media", media=reply.media, text=caption),)
    rest = tuple(Part(text=piece) for piece in split(text, limits.text, limits.unit))
    if style != "text":
        rest = with_choice(rest, buttons, limits, style)
    made = tuple(structs.replace(part, human=human) for part in first + rest)
    return (structs.replace(made[0], quote=reply.quote), *made[1:]) if made else ()


def choice_style(buttons: tuple[Button, ...], limits: Limits) -> str:
    """Buttons when they all fit, else a list, else text; descriptions are a reason for a list."""
    if not buttons or any(size(button.id, "bytes") > limits.button_id for button in buttons):
        return "text"
    described = any(button.description for button in buttons) and limits.list_rows
    if not described and choices_fit(buttons, limits.buttons, limits.button_title, limits):
        return "buttons"
    if choices_fit(buttons, limits.list_rows, limits.list_title, limits):
        return "list"
    return "text"


def choices_fit(buttons: tuple[Button, ...], count: int, title: int, limits: Limits) -> bool:
    """Tell whether the number and every title are within what the channel shows."""
    return len(buttons) <= count and all(fits(button.title, title, limits.unit) for button in buttons)


def told(buttons: tuple[Button, ...], style: str) -> list[str]:
    """What the text has to tell about the choices: all of it, or the descriptions that buttons cannot show."""
    if style == "list":
        return []
    lines = [f"{button.title} — {button.description}" if button.description else button.title for button in buttons]
    if style == "text":
        return [f"{number}. {line}" for number, line in enumerate(lines, 1)]
    return [line for line, button in zip(lines, buttons, strict=True) if button.description]


def body(reply: Reply, limits: Limits, lines: list[str]) -> str:
    """All text of the reply: with the media's link and the lines where the channel has nothing better."""
    pieces = [clean(reply.text)]
    if reply.media and not limits.media:
        pieces.append(reply.media.url or reply.media.name)
    pieces.append("\n".join(lines))
    return "\n\n".join(piece for piece in pieces if piece.strip())


def caption_of(text: str, limits: Limits, *, alone: bool) -> tuple[str, str]:
    """Divide the text into the media's caption and what follows; beside choices the whole text follows."""
    if alone or not limits.caption:
        return "", text
    pieces = split(text, limits.caption, limits.unit)
    if len(pieces) <= 1:
        return "".join(pieces), ""
    rest = text[text.index(pieces[0]) + len(pieces[0]) :]
    return pieces[0], rest[leading_space(rest) :]


def with_choice(made: tuple[Part, ...], buttons: tuple[Button, ...], limits: Limits, style: str) -> tuple[Part, ...]:
    """Give the choices to the last part; a provider wants text beside them."""
    limit = limits.choice_text or limits.text
    last = made[-1].text if made else " / ".join(button.title for button in buttons)
    *before, last = split(last, limit, limits.unit)
    if style == "list":
        buttons = tuple(
            structs.replace(b, description=shorten(b.description, limits.list_description, limits.unit))
            for b in buttons
        )
    choice = Part(style="list" if style == "list" else "buttons", text=last, buttons=buttons)
    return (*made[:-1], *(Part(text=piece) for piece in before), choice)
