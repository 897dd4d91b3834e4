"""A task tells whoever started it that it waits for the outside: a model, a provider, a file on its way.

Such a wait costs nothing, however many there are. Work does: who starts tasks counts only those at work.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# (1: one more waits, -1: it is back at work)
_told: ContextVar[Callable[[int], None] | None] = ContextVar("outside_told", default=None)


def tell(told: Callable[[int], None]) -> None:
    """Let this task, and those that it starts from now on, tell `told` of their waits."""
    _told.set(told)


@contextmanager
def outside() -> Iterator[None]:
    """The block waits for the outside; for a task that nobody counts it means nothing."""
    if (told := _told.get()) is None:
        yield
        return
    told(1)
    try:
        yield
    finally:
        told(-1)
