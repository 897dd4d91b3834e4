"""A killed process is back in milliseconds: its parent has imported everything and only forks."""

import ctypes
import gc
import os
import signal
import sys
import time
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_SHORT_LIFE_SECONDS = 2.0  # a child that ends by itself sooner is broken: forking it at once again would only spin
_BROKEN_PAUSE_SECONDS = 1.0
# Python's own 700 makes the collector walk through the requests under way dozens of times a second, for 5 % of the
# time of an API process; what it is for, cycles, is rare here.
_GC_THRESHOLDS = (20_000, 20, 20)
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def keep_forked(work: Callable[[], None]) -> None:
    """Run `work` in a child, and in a new one whenever it ends, until SIGTERM or SIGINT; then exit as it did."""
    gc.collect()
    gc.freeze()  # what is loaded now stays in pages that parent and child share
    gc.set_threshold(*_GC_THRESHOLDS)
    stopping = False
    child = 0

    def stop(number: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True
        if child:
            os.kill(child, number)

    for number in _SIGNALS:
        signal.signal(number, stop)
    while not stopping:
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        child = os.fork()
        if child == 0:
            _as_child(work)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        started = time.monotonic()
        _, status = os.waitpid(child, 0)
        child = 0
        if not stopping and not os.WIFSIGNALED(status) and time.monotonic() - started < _SHORT_LIFE_SECONDS:
            time.sleep(_BROKEN_PAUSE_SECONDS)
    sys.exit(os.waitstatus_to_exitcode(status) if not os.WIFSIGNALED(status) else 1)


def _as_child(work: Callable[[], None]) -> None:
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    if os.getppid() != parent:  # the parent died before the kernel knew that we want to follow it
        os._exit(1)
    status = 1
    try:
        work()
        status = 0
    except Exception:  # _exit passes by the interpreter's own last words
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
