"""README and docs keep up with the code: every setting, command, channel and agent is in them, every link leads."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from agents.registry import AGENTS
from app import Api
from channels.registry import CHANNELS
from cli import app
from control_tower.app import create as tower_app
from core.settings import Settings
from emulator.app import create_app as emulator_app
from payments.registry import WEBHOOKS
from storage.defaults import _PAYMENTS, _VARIABLES
from webhooks.inbound import ROUTES

ROOT = Path(__file__).parent.parent
PAGES = {path: path.read_text() for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md"))}
README = PAGES[ROOT / "README.md"]
EVERYTHING = "\n".join(PAGES.values())
LOGGING = (
    "core", "storage", "channels", "llm", "payments", "agents", "documents", "orchestrator", "workers", "webhooks",
    "control_tower", "cli",
)  # fmt: skip
LINE = re.compile(r'log(?:ger)?\.(?:info|warning|error|exception)\(\s*"([a-z_]+\.[a-z_]+)"')
DECISIONS = sorted(path for path in (ROOT / "docs/decisions").glob("*.md") if path.name != "README.md")


def setting_names() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        yield alias.choices[0] if alias else f"{Settings.model_config['env_prefix']}{name.upper()}"


def told_defaults() -> list[tuple[str, str, Any]]:
    """Setting, default in the README, default in the code; without those that are put into words or made of others."""
    fields = dict(zip(setting_names(), Settings.model_fields.values(), strict=True))
    found = []
    for cells in (line.strip("| ").split(" | ") for line in README.splitlines() if line.startswith("| `")):
        names, defaults = re.findall(r"`([A-Z_]+)`", cells[0]), re.findall(r"`([^`]+)`", cells[-1])
        if len(names) == len(defaults):
            rows = [(n, told, fields[n].default) for n, told in zip(names, defaults, strict=True) if n in fields]
            found += [row for row in rows if row[2] != "" and not isinstance(row[2], dict)]
    return found


def environment_names() -> Iterator[str]:
    yield from setting_names()
    for variables in _VARIABLES.values():
        yield from variables.values()
    yield from _PAYMENTS.values()


def commands(command: Any, path: str) -> Iterator[str]:
    names = command.list_commands(typer.Context(command)) if hasattr(command, "list_commands") else []
    if not names:
        yield path
    for name in names:
        yield from commands(command.get_command(typer.Context(command), name), f"{path} {name}")


def endpoints() -> Iterator[str]:
    """Every `METHOD /path` of ours, without the pages for people and without the providers that the emulator plays."""
    settings = Settings()
    for schema in (Api(settings)._web.openapi(), tower_app(settings, lambda channel, reply: ()).openapi()):
        for path, methods in schema["paths"].items():
            if path.startswith(("/api/", "/health", "/metrics", "/documents/")):
                yield from (f"{method.upper()} {path}" for method in methods)
    for word in (*ROUTES, *WEBHOOKS):
        yield f"POST /webhooks/{word}/{{tenant}}"
    for route in emulator_app(settings).routes:
        if route.path.startswith("/emulator/"):
            yield from (f"{method} {route.path}" for method in route.methods - {"HEAD"})


def nameless(text: str) -> str:
    """Without the names of what stands in a path."""
    return re.sub(r"{[^}]*}", "{}", text)


def logged() -> Iterator[str]:
    for path in (*ROOT.glob("*.py"), *(path for name in LOGGING for path in ROOT.glob(f"{name}/**/*.py"))):
        yield from LINE.findall(path.read_text())


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("name", sorted(set(environment_names())))
def test_every_setting_is_in_the_readme(name):
    assert f"`{name}`" in README


@pytest.mark.parametrize(("name", "told", "default"), told_defaults())
def test_every_default_in_the_readme_is_that_of_the_code(name, told, default):
    assert float(told) == default if isinstance(default, int | float) else told == str(default)


@pytest.mark.parametrize("name", sorted(set(logged())))
def test_every_line_of_the_log_is_in_the_runbook(name):
    assert f"`{name}`" in PAGES[ROOT / "docs/operations.md"]


@pytest.mark.parametrize("command", sorted(commands(typer.main.get_command(app), "orkesta")))
def test_every_command_is_in_the_readme(command):
    assert f"`{command}`" in README


@pytest.mark.parametrize("endpoint", sorted(set(endpoints())))
def test_every_endpoint_is_on_the_page_of_endpoints(endpoint):
    told = re.findall(r"`((?:GET|POST|PUT|DELETE|PATCH) [^`?\s]+)", PAGES[ROOT / "docs/api.md"])
    assert nameless(endpoint) in set(map(nameless, told))


def test_the_page_of_endpoints_names_none_that_is_not_there():
    told = re.findall(r"`((?:GET|POST|PUT|DELETE|PATCH) [^`?\s]+)", PAGES[ROOT / "docs/api.md"])
    extra = set(map(nameless, told)) - set(map(nameless, endpoints()))
    assert not [each for each in extra if "/webhooks/" not in each or "/api/" in each], extra


@pytest.mark.parametrize("name", sorted({*CHANNELS, *(agent.name for agent in AGENTS)}))
def test_every_channel_and_agent_is_documented(name):
    assert f"`{name}`" in EVERYTHING


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_inside_the_repository_leads_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", PAGES[page]):
        file, _, place = target.partition("#")
        linked = (page.parent / file).resolve() if file else page
        assert linked.exists(), target
        if place:
            assert place in map(anchor, re.findall(r"^#+ (.+)$", linked.read_text(), re.MULTILINE)), target


def test_every_page_that_the_code_names_exists():
    code = [path for path in ROOT.glob("*/**/*.py") if not path.relative_to(ROOT).parts[0].startswith((".", "build"))]
    named = {name for path in code for name in re.findall(r"docs/[\w/-]+\.md", path.read_text())}
    assert named
    assert not [name for name in named if not (ROOT / name).exists()]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_every_decision_is_short_and_in_the_index(path):
    assert len(path.read_text().splitlines()) <= 50
    assert f"({path.name})" in PAGES[ROOT / "docs/decisions/README.md"]
