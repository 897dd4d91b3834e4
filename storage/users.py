"""People who sign in to the control tower: passwords by argon2, roles per tenant, tokens sealed with our key."""

import asyncio
import logging
import os
import re
import secrets
from pathlib import Path
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from redis.exceptions import RedisError

from core import keys
from core.errors import Conflict, Invalid, NotFound, Refused, Unauthorized
from core.messages import Struct
from storage import audit, impersonations
from storage.crypto import KeyMissing
from storage.first_user import FIRST, first_password
from storage.impersonations import Acting
from storage.resources import Resources

log = logging.getLogger("orkesta.users")
Role = Literal["viewer", "analyst", "operator", "admin"]
RANK: dict[str, int] = {"viewer": 0, "analyst": 0, "operator": 1, "admin": 2}
ALL = "*"
TOKEN_SECONDS = {"access": 900, "refresh": 14 * 86_400, "session": 12 * 3600}
_SHORTEST_PASSWORD = 10
_LOGIN_TRIES, _LOGIN_SECONDS = 10, 300  # per address and per e-mail
_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))  # an unknown user costs as much time as a wrong password


class TooManyTries(Refused):
    """Too many failed sign-ins."""

    status, code = 429, "too_many_tries"


class User(Struct):
    """Somebody who signed in. `roles`: tenant (`*` for all) → role; `email` is both names while acting for another."""

    id: int
    email: str
    locale: str
    roles: dict[str, str]
    acting: Acting | None = None

    @property
    def own(self) -> str:
        """The e-mail of the person at the keyboard."""
        return self.email.removesuffix(f" as {self.acting.acting_as}") if self.acting else self.email

    def rank(self, tenant: str) -> int:
        """What the user may do in a tenant: -1 nothing, 0 look, 1 answer customers, 2 everything."""
        return max((RANK.get(self.roles.get(each, ""), -1) for each in (tenant, ALL)), default=-1)

    @property
    def everywhere(self) -> int:
        """The rank that holds for all tenants."""
        return RANK.get(self.roles.get(ALL, ""), -1)


async def create(resources: Resources, email: str, password: str, role: str, tenant: str | None = None) -> int:
    """Create a user with a role in one tenant, or in all; raises Invalid, NotFound or Conflict."""
    email = email.strip().lower()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise Invalid(f"email {email!r}: it needs one @ and no blanks")
    if role not in RANK:
        raise Invalid(f"role {role!r}: it is admin, operator, analyst or viewer")
    if len(password) < _SHORTEST_PASSWORD:
        raise Invalid(f"password: use at least {_SHORTEST_PASSWORD} characters")
    if tenant and tenant != ALL and not await resources.pg.fetchval("SELECT 1 FROM tenants WHERE id = $1", tenant):
        raise NotFound(f"there is no tenant {tenant!r}")
    hashed = await asyncio.to_thread(_hasher.hash, password)
    async with resources.pg.acquire() as connection, connection.transaction():
        made = await connection.fetchval(
            "INSERT INTO users (email, password_hash) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id",
            email, hashed,
        )  # fmt: skip
        if made is None:
            raise Conflict(f"there is a user {email} already")
        await connection.execute(
            "INSERT INTO memberships (user_id, tenant_id, role) VALUES ($1, $2, $3)", made, tenant or ALL, role
        )
        await audit.write(connection, tenant or ALL, "system", "user.created", email, {"role": role})
    return int(made)


async def ensure_first(resources: Resources) -> Path | None:
    """Make sure that somebody can sign in: without any user, create an admin and write the password to a file.

    Returns the file while it is there, also on later starts; None in production, where `orkesta user create` is used.
    """
    path = first_password(resources.settings.home)
    if await resources.pg.fetchval("SELECT 1 FROM users LIMIT 1"):
        return path if path.exists() else None
    if resources.settings.environment == "production":
        return None
    password = secrets.token_urlsafe(15)
    await asyncio.to_thread(_write_private, path, password)
    try:
        await create(resources, FIRST, password, "admin")
    except Conflict:  # another process was faster: its password counts, and ours may have replaced it in the file
        await resources.pg.execute(
            "UPDATE users SET password_hash = $2 WHERE email = $1",
            FIRST, _hasher.hash(path.read_text().strip()),
        )  # fmt: skip
    return path


async def sign_in(resources: Resources, email: str, password: str, address: str) -> User:
    """Return the user; raises Unauthorized (the same for an unknown user), or TooManyTries."""
    email = email.strip().lower()
    await _limit(resources, f"email:{email}", f"address:{address}")
    row = await resources.pg.fetchrow("SELECT id, password_hash FROM users WHERE email = $1", email)
    right = await asyncio.to_thread(_verify, row["password_hash"] if row else _NOBODY, password)
    if row is None or not right:
        raise Unauthorized("the e-mail or the password is wrong")
    await _forget_tries(resources, f"email:{email}", f"address:{address}")
    return await get(resources, row["id"])


async def get(resources: Resources, user_id: int) -> User:
    """One user with the roles of now; raises Unauthorized when there is none."""
    row = await resources.pg.fetchrow(
        """SELECT u.id, u.email, u.locale, jsonb_object_agg(m.tenant_id, m.role) FILTER (WHERE m.role IS NOT NULL)
             AS roles
           FROM users u LEFT JOIN memberships m ON m.user_id = u.id WHERE u.id = $1 GROUP BY u.id""",
        user_id,
    )
    if row is None:
        raise Unauthorized("this user does not exist any more")
    return User(id=row["id"], email=row["email"], locale=row["locale"], roles=row["roles"] or {})


def acting(user: User, found: Acting) -> User:
    """The same person with the rights of whom they act for, and no others."""
    roles = {found.tenant: found.role}
    return User(id=user.id, email=found.name(user.own), locale=user.locale, roles=roles, acting=found)


async def again(resources: Resources, user: User) -> User:
    """The user as of now, for what lasts longer than a request; raises Unauthorized when gone, or acting has ended."""
    fresh = await get(resources, user.id)
    if user.acting is None:
        return fresh
    return acting(fresh, await impersonations.under_way(resources, user.id, user.acting.id))


async def set_locale(resources: Resources, user_id: int, locale: str) -> None:
    """Remember the language of the pages."""
    await resources.pg.execute("UPDATE users SET locale = $2 WHERE id = $1", user_id, locale)


def token(resources: Resources, user: User, kind: str) -> str:
    """Seal a token; `kind` is access, refresh or session. One of somebody who acts for another ends with that."""
    until = int(resources.clock.now().timestamp()) + TOKEN_SECONDS[kind]
    said = {"token": kind, "user": str(user.id), "until": str(until)}
    if user.acting:
        said |= {"until": str(user.acting.until.timestamp()), "acting": str(user.acting.id)}
    return resources.cipher.seal(said).decode()


async def of_token(resources: Resources, sealed: str, *kinds: str) -> User:
    """The user of a token of one of these kinds; raises Unauthorized."""
    try:
        said = resources.cipher.open(sealed.encode("ascii", "replace"))
    except (KeyMissing, ValueError):
        raise Unauthorized("sign in again") from None
    now = resources.clock.now().timestamp()
    if said.get("token") not in kinds or float(said.get("until", "0")) < now:
        raise Unauthorized("sign in again")
    user = await get(resources, int(said["user"]))
    if "acting" not in said:
        return user
    return acting(user, await impersonations.under_way(resources, user.id, int(said["acting"])))


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text + "\n")


async def _limit(resources: Resources, *who: str) -> None:
    """Count a try; successful ones are forgotten again. Without Redis only argon2's slowness protects."""
    try:
        async with resources.redis.pipeline(transaction=True) as pipe:
            for each in who:
                pipe.set(keys.login(each), 0, ex=_LOGIN_SECONDS, nx=True)
                pipe.incr(keys.login(each))
            counts = (await pipe.execute())[1::2]
    except (RedisError, OSError) as fault:
        log.warning("login.unlimited", extra={"fault": type(fault).__name__})
        return
    if max(counts) > _LOGIN_TRIES:
        raise TooManyTries("too many tries: wait five minutes")


async def _forget_tries(resources: Resources, *who: str) -> None:
    try:
        await resources.redis.delete(*map(keys.login, who))
    except (RedisError, OSError) as fault:
        log.warning("login.unlimited", extra={"fault": type(fault).__name__})
