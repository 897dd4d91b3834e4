"""`orkesta demo …`: the demo tenants, loaded once, and known to the emulator."""

import asyncio

import aiohttp
import typer

from cli.output import AsJson, show
from cli.run import run
from core.errors import OrkestaError
from storage import emulated, seed
from storage.resources import Resources

WAIT_SECONDS = 20.0  # for an emulator that is still starting

app = typer.Typer(no_args_is_help=True, help="The demo tenants.")


class EmulatorAway(OrkestaError):
    """The emulator did not take the accounts."""

    code = "emulator_away"


@app.command()
def load(as_json: AsJson = False) -> None:
    """Load the demo tenants that do not exist yet."""
    loaded = run(seed.load)
    show({"loaded": loaded}, as_json, f"loaded {', '.join(loaded)}" if loaded else "the demo tenants are there already")


@app.command()
def register(as_json: AsJson = False) -> None:
    """Tell the running emulator the accounts of all sandbox tenants, and the demo's personas."""
    count = run(register_with_emulator)
    show({"accounts": count}, as_json, f"the emulator plays {count} accounts")


async def register_with_emulator(resources: Resources, wait_seconds: float = WAIT_SECONDS) -> int:
    """Register every emulated account; returns how many the emulator knows, or raises EmulatorAway."""
    body = await seed.registration(resources)
    url = f"{emulated.url(resources.settings)}/emulator/accounts"
    try:
        async with asyncio.timeout(wait_seconds):
            while True:
                try:
                    async with resources.http.post(url, json=body) as response:
                        response.raise_for_status()
                        return int((await response.json())["accounts"])
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.1)
    except (TimeoutError, aiohttp.ClientResponseError) as error:
        raise EmulatorAway(f"the emulator at {url} did not take the accounts: {error!r}") from error
