"""Errors of the tower: the one JSON shape under /api and for its own script, a page for people."""

import logging

import asyncpg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from control_tower.pages import render
from core.errors import Refused, Unauthorized

log = logging.getLogger("orkesta.tower")
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def install(app: FastAPI) -> None:
    """Answer every error in the shape that the caller reads."""
    for kind in (Refused, RequestValidationError, HTTPException, asyncpg.PostgresError, OSError, Exception):
        app.add_exception_handler(kind, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    status, code, message = _told(error, request)
    if status >= 500:
        log.error("tower.failed", exc_info=error)
    if request.url.path.startswith("/api/") or request.headers.get("x-fragment"):
        return JSONResponse({"error": {"code": code, "message": message}}, status)
    if isinstance(error, Unauthorized):
        return RedirectResponse("/login", 303)
    return render(request, "error.html", status=status, code=status, message=message)


def _told(error: Exception, request: Request) -> tuple[int, str, str]:
    if isinstance(error, Refused):
        return error.status, error.code, error.message
    if isinstance(error, HTTPException):
        return error.status_code, _CODES.get(error.status_code, "error"), str(error.detail)
    if isinstance(error, RequestValidationError):
        found = [f"{'.'.join(map(str, each['loc'][1:])) or 'body'}: {each['msg']}" for each in error.errors()]
        if request.url.path.startswith("/api/") and "json" not in request.headers.get("content-type", "json"):
            found.append("send the body as JSON, with the header Content-Type: application/json")
        return 422, "invalid", "; ".join(found)
    if isinstance(error, asyncpg.PostgresError | OSError):
        return 503, "unavailable", "the database does not answer: try again"
    return 500, "internal", "something went wrong on our side; it is in the log"
