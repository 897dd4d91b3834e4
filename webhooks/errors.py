"""One error shape for every answer of the FastAPI application, and the limit on its bodies."""

import logging

import asyncpg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from core.body_limit import BodyLimit
from core.errors import Refused
from storage.resources import OUTAGES
from webhooks.http import error_body

log = logging.getLogger("orkesta.api")
_CODES = {
    400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    413: "too_large",
}  # fmt: skip
_STORAGE_FAULTS = (asyncpg.PostgresError, *OUTAGES)


def install(app: FastAPI, *, limit: int, larger: dict[str, int] | None = None) -> None:
    """Answer every error as `{"error": {"code", "message"}}`; refuse bodies over `limit` bytes.

    `larger` gives paths that take more.
    """
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for fault in _STORAGE_FAULTS:
        app.add_exception_handler(fault, _unavailable)
    app.add_exception_handler(Exception, _internal)
    app.add_middleware(BodyLimit, limit=limit, larger=larger)


def _answer(status: int, code: str, message: str, **headers: str) -> Response:
    return Response(error_body(code, message), status, headers, "application/json")


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return _answer(error.status, error.code, error.message)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [f"{'.'.join(str(part) for part in each['loc'][1:]) or 'body'}: {each['msg']}" for each in error.errors()]
    if request.method == "POST" and "json" not in request.headers.get("content-type", ""):
        found.append("send the body as JSON, with the header Content-Type: application/json")
    return _answer(422, "invalid", "; ".join(found))


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    return _answer(error.status_code, _CODES.get(error.status_code, "error"), str(error.detail), **headers)


async def _unavailable(_: Request, error: Exception) -> Response:
    log.warning("api.unavailable", extra={"fault": type(error).__name__})
    return _answer(503, "unavailable", "the database does not answer: try again", **{"retry-after": "2"})


async def _internal(_: Request, error: Exception) -> Response:
    log.error("api.failed", exc_info=error)
    return _answer(500, "internal", "something went wrong on our side; it is in the log")
