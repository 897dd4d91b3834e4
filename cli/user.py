"""`orkesta user …`: people who sign in to the control tower."""

import secrets
import sys
from typing import Annotated

import typer

from cli.output import AsJson, one_of, show
from cli.run import run
from core.errors import Invalid
from storage import users

app = typer.Typer(no_args_is_help=True)


@app.callback()  # with one command alone Typer would leave the word `create` out
def user() -> None:
    """People who sign in to the control tower."""


@app.command()
def create(
    email: Annotated[str, typer.Argument(help="What they sign in with.")],
    role: Annotated[
        str,
        typer.Option(
            help="admin: everything; operator: answers customers; analyst and viewer: look.",
            metavar="admin|operator|analyst|viewer",
            callback=one_of("admin", "operator", "analyst", "viewer"),
        ),
    ],
    tenant: Annotated[str, typer.Option("--tenant", metavar="ID", help="Only this tenant; without it: all.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input instead of making one.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Create a user. Without --password-stdin a password is made and shown once."""
    password = _given() if password_stdin else secrets.token_urlsafe(15)
    user_id = run(lambda resources: users.create(resources, email, password, role, tenant or None))
    made = {"id": user_id, "email": email.strip().lower(), "role": role, "tenant": tenant or None}
    if not password_stdin:
        made["password"] = password
    where = f"of {tenant}" if tenant else "of all tenants"
    note = "" if password_stdin else f"\npassword: {password}\nKeep it: only its hash is stored."
    show(made, as_json, f"{made['email']} is {role} {where}{note}")


def _given() -> str:
    """The first line; nothing but its line break is taken away."""
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Invalid("password: standard input is not UTF-8") from None
