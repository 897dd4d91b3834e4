"""The model behind the Groq and Azure surfaces: rules that read the messages, same input, same answer.

It rewords drafts without touching their facts, calls an offered tool whose purpose matches, fills a JSON schema,
or answers with the facts that it was given. It never makes up a figure.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from core.messages import Struct
from emulator.words import best, language, match

Json = dict[str, Any]
LEADS = {"es": "¡Claro!", "pt": "Claro!", "en": "Sure!"}
FOUND = {"es": "Esto es lo que encontré:", "pt": "Encontrei isto:", "en": "Here is what I found:"}
UNSURE = {
    "es": "Gracias por tu mensaje. ¿Me das un poco más de detalle para ayudarte?",
    "pt": "Obrigado pela mensagem. Pode me dar um pouco mais de detalhe para eu ajudar?",
    "en": "Thanks for your message. Could you give me a little more detail so I can help?",
}
DRAFT = re.compile(
    r"(?:<draft>(?P<tag>.+?)</draft>"
    r"|(?:^|\n)\s*#*\s*(?:draft|borrador|rascunho)[^\n:]*:\s*(?P<line>.+?)(?=\n\s*\n|\n#|\Z|\nfacts|\ndatos))",
    re.IGNORECASE | re.DOTALL,
)
LOCALE = re.compile(
    r"(?:language|locale|idioma|língua)\W{1,4}(?P<code>es|en|pt)\b"
    r"|\b(?:in|en|em)\s+(?P<name>spanish|english|portuguese|español|português|inglés|inglês|espanhol)\b",
    re.IGNORECASE,
)
NAMED = {
    **dict.fromkeys(("spanish", "español", "espanhol"), "es"),
    **dict.fromkeys(("english", "inglés", "inglês"), "en"),
    **dict.fromkeys(("portuguese", "português"), "pt"),
}
REFERENCE = re.compile(r"\b[A-Za-z]{2,}[-_]?[\w-]*\d[\w-]*\b")
NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
ENOUGH = 2.0  # one shared concept


class ToolCall(Struct):
    """One call of an offered tool."""

    name: str
    arguments: str


class Said(Struct):
    """The model's turn: text, or tool calls."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()


def say(request: Json) -> Said:
    """Answer a chat completion request."""
    messages = [message for message in request.get("messages") or [] if isinstance(message, dict)]
    asked = _last(messages, "user")
    shape = request.get("response_format") or {}
    if shape.get("type") in ("json_schema", "json_object"):
        return Said(text=json.dumps(_json(shape, messages, asked), ensure_ascii=False))
    called = _tool(request, messages, asked)
    if called is not None:
        return Said(calls=(called,))
    return Said(text=_text(messages, asked))


def text_of(message: Json) -> str:
    """The text of a message, whether its content is a string or a list of parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content or [] if isinstance(part, dict))


def _last(messages: list[Json], role: str) -> str:
    return next((text_of(m) for m in reversed(messages) if m.get("role") == role), "")


def _instructions(messages: list[Json]) -> str:
    return "\n".join(text_of(m) for m in messages if m.get("role") in ("system", "developer"))


def _language(messages: list[Json], asked: str) -> str:
    told = LOCALE.search(_instructions(messages)) or LOCALE.search(asked)
    if told:
        return (told["code"] or NAMED[told["name"].lower()]).lower()
    return language(asked)


def _draft(messages: list[Json]) -> str:
    for message in reversed(messages):
        content = text_of(message)
        for found in reversed(list(DRAFT.finditer(content))):  # the last: a customer may write the tag, too
            return (found["tag"] or found["line"]).strip().strip('"')
        draft = _loaded(content).get("draft")
        if isinstance(draft, str):
            return draft
    return ""


def _loaded(content: str) -> Json:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _text(messages: list[Json], asked: str) -> str:
    draft = _draft(messages)
    tongue = language(draft) if draft else _language(messages, asked)
    if draft:
        return draft if match(draft, "greeting") else f"{LEADS[tongue]} {draft}"
    results = [text_of(m) for m in _since_last_user(messages) if m.get("role") == "tool"]
    facts = list(_facts(results)) or _relevant(_instructions(messages), asked)
    return f"{FOUND[tongue]} " + "; ".join(facts) + "." if facts else UNSURE[tongue]


def _since_last_user(messages: list[Json]) -> list[Json]:
    for index in range(len(messages) - 1, -1, -1):
        if messages[index].get("role") == "user":
            return messages[index + 1 :]
    return messages


def _facts(results: Iterable[str]) -> Iterable[str]:
    for result in results:
        try:
            yield from _flat(json.loads(result))
        except ValueError:
            yield result.strip().rstrip(".")


def _flat(value: Any, name: str = "") -> Iterable[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _flat(part, key.replace("_", " "))
    elif isinstance(value, list):
        for part in value[:5]:
            yield from _flat(part, name)
    elif value not in (None, ""):
        yield f"{name}: {value}" if name else str(value)


def _relevant(instructions: str, asked: str) -> list[str]:
    lines = [line.strip(" -*•\t").rstrip(".") for line in instructions.splitlines()]
    told = [line for line in lines if ":" in line and not line.endswith(":")]
    scored = sorted(((match(asked, line), -n, line) for n, line in enumerate(told)), reverse=True)
    return [line for score, _, line in scored[:3] if score >= ENOUGH]


def _tool(request: Json, messages: list[Json], asked: str) -> ToolCall | None:
    tools = {t["function"]["name"]: t["function"] for t in request.get("tools") or [] if t.get("type") == "function"}
    choice = request.get("tool_choice", "auto")
    if not tools or choice == "none":
        return None
    if choice == "auto" and _draft(messages):  # an answer is there already: it is worded, and nothing looked up
        return None
    if isinstance(choice, dict):
        return _call(tools[choice["function"]["name"]], asked)
    if any(m.get("role") == "tool" for m in _since_last_user(messages)):
        return None
    name, score = best(asked, {name: str(about.get("description", "")) for name, about in tools.items()})
    return _call(tools[name], asked) if score >= ENOUGH or choice == "required" else None


def _call(tool: Json, asked: str) -> ToolCall:
    arguments = fill(tool.get("parameters") or {}, asked, required_only=True)
    return ToolCall(name=str(tool["name"]), arguments=json.dumps(arguments, ensure_ascii=False))


def _json(shape: Json, messages: list[Json], asked: str) -> Any:
    schema = (shape.get("json_schema") or {}).get("schema")
    if schema:
        return fill(schema, asked, about=_instructions(messages))
    keys = re.findall(r'"(\w+)"\s*:', _instructions(messages)) or ["answer"]
    options = dict(
        re.findall(r"^[-*\s]*[`\"']?([a-z_]+)[`\"']?\s*[:—-]\s*(.+)$", _instructions(messages), re.MULTILINE)
    )
    return {key: _value(key, {"enum": list(options)} if key == "intent" and options else {}, asked, "") for key in keys}


def fill(schema: Json, asked: str, *, about: str = "", required_only: bool = False) -> Any:
    """A value that satisfies a JSON schema, as far as the text says it."""
    properties = schema.get("properties") or {}
    names = schema.get("required") or list(properties) if required_only else list(properties)
    return {name: _value(name, properties.get(name) or {}, asked, about) for name in names}


def _value(name: str, schema: Json, asked: str, about: str) -> Any:
    if schema.get("enum"):
        return _choice(name, schema["enum"], asked, about)
    kind = schema.get("type", "string")
    kind = next((k for k in kind if k != "null"), "null") if isinstance(kind, list) else kind
    if kind == "object":
        return fill(schema, asked, about=about)
    if kind == "array":
        return [_value(name, schema.get("items") or {}, asked, about)] if schema.get("minItems") else []
    if kind in ("number", "integer"):
        return _number(name, kind, asked)
    return True if kind == "boolean" else _string(name, asked)


def _choice(name: str, options: list[Any], asked: str, about: str) -> Any:
    if {"es", "en"} <= set(options):
        tongue = language(asked)
        return tongue if tongue in options else options[0]
    told = {str(o): " ".join(line for line in about.splitlines() if str(o) in line) for o in options}
    chosen, score = best(asked, told)
    unsure = next((o for o in options if str(o) in ("other", "unknown", "none", "fallback", "smalltalk")), None)
    return chosen if score or unsure is None else unsure


def _number(name: str, kind: str, asked: str) -> float | int:
    if name in ("confidence", "score", "probability"):
        return 0.9
    found = NUMBER.search(REFERENCE.sub(" ", asked))
    value = float(found[0].replace(",", ".")) if found else 1.0
    return int(value) if kind == "integer" else value


def _string(name: str, asked: str) -> str:
    if name in ("language", "locale", "lang"):
        return language(asked)
    if re.search(r"id$|number|reference|sku|code|invoice|order", name):
        found = REFERENCE.search(asked)
        return found[0] if found else ""
    return asked
