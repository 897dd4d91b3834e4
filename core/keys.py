"""Every Redis key: its type, lifetime and reason. Redis may be lost at any moment; nothing here is the truth.

ready:{lane}     zset  conversation → ms from which it may be drained          while work waits
turnstile        zset  lane (`T` or `T:bulk`) → ms of its last claim           while work waits
lease            zset  conversation → ms at which its lease lapses             seconds
owner            hash  conversation → token of the lease holder                seconds
dirty            set   conversations rung while leased                         seconds
leased-bulk      set   conversations leased from a bulk lane: they go back     seconds
bell             list  one token when something is ready: workers block on it  seconds
pace:{bucket}    str   theoretical arrival time in ms of a rate bucket         until it is full again
line:{account}   str   ms at which the next bulk send of a full account asks   until its line is empty
login:{who}      str    failed sign-ins of an address or e-mail               5 min
breaker:{tier}   hash  failures in a row, until, reason, probe of a model tier  20 min
models:*         hash  tier and outcome → attempts, and their milliseconds      for ever
live:{conv}      pubsub something changed in this conversation: whoever shows it asks the database again
"""

READY = "ready:"
TURNSTILE = "turnstile"
LEASE = "lease"
OWNER = "owner"
DIRTY = "dirty"
LEASED_BULK = "leased-bulk"
BELL = "bell"
LIVE = "live:"
MODEL_ATTEMPTS, MODEL_MILLIS = "models:attempts", "models:millis"
ARQ_QUEUE = "arq:orkesta"
# Every key of ours, for whoever must forget them all (a restored backup).
PATTERNS = (
    "ready:*", TURNSTILE, LEASE, OWNER, DIRTY, LEASED_BULK, BELL, "pace:*", "line:*", "login:*",
    "breaker:*", "models:*", f"{ARQ_QUEUE}*",
)  # fmt: skip


def pace(bucket: str) -> str:
    """Rate bucket, e.g. `telegram:T:bot` or `pair:account:peer`."""
    return f"pace:{bucket}"


def line(account: str) -> str:
    """Where the line of an account's waiting bulk ends."""
    return f"line:{account}"


def live(conversation: str) -> str:
    """The channel on which a change of this conversation is announced."""
    return LIVE + conversation


def login(who: str) -> str:
    """Count of failed sign-ins."""
    return f"login:{who}"


def breaker(tier: str) -> str:
    """Circuit breaker of one model tier, shared by all processes."""
    return f"breaker:{tier}"
