"""Wake the workers after a command put something to be done."""

from collections.abc import Iterable
from contextlib import suppress

from redis.exceptions import RedisError

from storage.doorbell import Doorbell
from storage.resources import Resources


async def ring(resources: Resources, conversations: Iterable[str]) -> None:
    """Ring for each; without Redis the sweeper finds them a moment later."""
    with suppress(RedisError, OSError):
        await Doorbell(resources).ring([(conversation, 0) for conversation in conversations])
