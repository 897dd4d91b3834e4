"""A model that obeys an attacker: leaks its prompt, invents, promises, and calls tools that nobody offered."""

import json
import re
from typing import Any

from emulator.answerer import Said, ToolCall, text_of
from emulator.faults import Fault

_PARTS = ("draft", "facts", "customer")
_RESULT = re.compile(r"</?result>")


def say(request: dict[str, Any], fault: Fault) -> Said:
    """The text of the program with the parts of the request put in, or its tool call."""
    if fault.tool:
        given = fault.arguments if isinstance(fault.arguments, str) else json.dumps(fault.arguments)
        return Said(calls=(ToolCall(name=fault.tool, arguments=given),) * fault.times)
    messages = [message for message in request.get("messages") or [] if isinstance(message, dict)]
    whole = "\n".join(text_of(message) for message in messages)
    text = fault.says or "{customer}"
    for name in _PARTS:
        # the innermost: the system's words name the tag as well
        found = re.findall(rf"<{name}>((?:(?!<{name}>).)*?)</{name}>", whole, re.DOTALL)
        text = text.replace(f"{{{name}}}", found[-1].strip() if found else "")
    results = "\n".join(text_of(message) for message in messages if message.get("role") == "tool")
    told = "\n".join(text_of(message) for message in messages if message.get("role") in ("system", "developer"))
    return Said(text=text.replace("{results}", _RESULT.sub("", results)).replace("{system}", told).strip())
