"""The command line: `orkesta …`. To add a command, write its module and one line in COMMANDS.

A module is only imported when its command is called, so that the processes of `orkesta up` start fast and small.
"""

import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from cli.output import failed
from core.errors import OrkestaError

COMMANDS = {
    "up": "cli.up:app",
    "api": "cli.serve:app",
    "worker": "cli.work:app",
    "tower": "cli.tower:app",
    "emulator": "cli.emulator:app",
    "migrate": "cli.migrate:app",
    "doctor": "cli.doctor:app",
    "tenant": "cli.tenant:app",
    "tickets": "cli.tickets:app",
    "channel": "cli.channel:app",
    "stripe": "cli.stripe:app",
    "mercado-pago": "cli.mercado_pago:app",
    "route": "cli.route:app",
    "import": "cli.imports:app",
    "export": "cli.export:app",
    "secrets": "cli.secrets:app",  # pragma: allowlist secret
    "user": "cli.user:app",
    "kill": "cli.kill:app",
    "time": "cli.time:app",
    "dunning": "cli.dunning:app",
    "golden": "cli.golden:app",
    "deadletter": "cli.deadletter:app",
    "unknown": "cli.unknown:app",
    "backup": "cli.backup:app",
    "restore": "cli.restore:app",
    "demo": "cli.demo:app",
}
_COMPLETION = {"install_completion", "show_completion"}  # Typer's, on every command that is made by itself


class LazyCommands(TyperGroup):
    """Commands by name; the module's `app` is the command, or the group of commands."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name].split(":")
        command = typer.main.get_command(getattr(import_module(module), attribute))
        command.name = cmd_name
        command.params = [option for option in command.params if option.name not in _COMPLETION]
        return command


app = typer.Typer(
    cls=LazyCommands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # it frames a traceback in hundreds of lines, and can show locals: credentials
)


@app.callback()
def orkesta() -> None:
    """A customer's message in, the right reply out: on every channel, in order, never lost."""


def main() -> None:
    """Run one command. Exit status: 0 done, 1 failed, 2 wrong usage."""
    try:
        app()
    except OrkestaError as error:
        failed(error)
        sys.exit(1)
