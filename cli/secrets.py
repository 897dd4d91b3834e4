"""`orkesta secrets …`: the key that seals the channels' credentials, and its replacement."""

import typer

from cli.output import AsJson, show
from cli.run import run
from storage import accounts

app = typer.Typer(no_args_is_help=True, help="The encryption of stored credentials.")


@app.command()
def rotate(as_json: AsJson = False) -> None:
    """Seal all stored credentials with the first key of ORKESTA_SECRET_KEY.

    To replace a key: put the new one in front, ORKESTA_SECRET_KEY=new,old, for every process; run this command;
    then take the old one away. A key that Orkesta generated is in ORKESTA_HOME/secret_key.
    """
    count = run(accounts.reseal)
    show({"resealed": count}, as_json, f"{count} accounts are sealed with the first key: older keys can go")


@app.command()
def check(as_json: AsJson = False) -> None:
    """Tell which stored credentials open with which key. Fails when some open with none."""
    found = run(accounts.seals)
    lines = [f"sealed with the first key: {len(found['first'])}", f"with an older one: {len(found['older'])}"]
    lines += [f"opens with no key: {account}" for account in found["none"]]
    show(found, as_json, "\n".join(lines))
    if found["none"]:
        raise typer.Exit(1)
