"""`orkesta demo …`: the demo tenants, loaded once, and known to the emulator."""

import asyncio

import aiohttp
import typer

from cli.output import AsJson, show
from cli.run import run
from core.errors import OrkestaError
from core.settings import Settings
from storage import seed
from storage.resources import Resources

WAIT_SECONDS = 20.0  # for an emulator that is still starting

app = typer.Typer(no_args_is_help=True, help="The demo tenants.")


class EmulatorAway(OrkestaError):
    """The emulator did not take the demo accounts."""

    code = "emulator_away"


@app.command()
def load(as_json: AsJson = False) -> None:
    """Load the demo tenants that do not exist yet."""
    loaded = run(seed.load)
    show({"loaded": loaded}, as_json, f"loaded {', '.join(loaded)}" if loaded else "the demo tenants are there already")


@app.command()
def register(as_json: AsJson = False) -> None:
    """Tell the running emulator the demo accounts and their personas."""
    count = run(register_with_emulator)
    show({"accounts": count}, as_json, f"the emulator plays {count} accounts")


async def register_with_emulator(resources: Resources) -> int:
    """Register every demo account; returns how many the emulator knows. Raises EmulatorAway after WAIT_SECONDS."""
    body = await seed.registration(resources)
    url = f"{emulator_url(resources.settings)}/emulator/accounts"
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                try:
                    async with resources.http.post(url, json=body) as response:
                        response.raise_for_status()
                        return int((await response.json())["accounts"])
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.1)
    except (TimeoutError, aiohttp.ClientResponseError) as error:
        raise EmulatorAway(f"the emulator at {url} did not take the demo accounts: {error!r}") from error


def emulator_url(settings: Settings) -> str:
    """Where the emulator answers on this machine."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host
    return f"http://{host}:{settings.emulator_port}"
