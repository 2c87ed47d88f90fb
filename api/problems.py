"""Every HTTP answer to a failure is made here: RFC 9457 bodies with a stable ``code``."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response
from marshmallow import Schema, fields
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from evidence.actions.store_ports import StoreDuplicate, StoreRefused, StoreUnavailable
from evidence.domain.errors import Category, EvidenceError, Retry

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"

STATUS = {
    Category.MALFORMED: HTTPStatus.BAD_REQUEST,
    Category.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Category.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Category.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Category.CONFLICT: HTTPStatus.CONFLICT,
    Category.STALE: HTTPStatus.PRECONDITION_FAILED,
    Category.VERSION_REQUIRED: HTTPStatus.PRECONDITION_REQUIRED,
    Category.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Category.UNSUPPORTED: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Category.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Category.LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    Category.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}

# SQLSTATEs by which PostgreSQL says "later": lock timeout, statement cancelled, serialisation, deadlock,
# too many connections, starting up or shutting down.
BUSY = {"55P03", "57014", "40001", "40P01", "53300", "57P01", "57P02", "57P03"}


class ProblemSchema(Schema):
    """An RFC 9457 problem. Clients translate ``code``; ``detail`` is for logs and developers."""

    type = fields.String(required=True, metadata={"description": "urn:casquillo:problem:<code>"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    code = fields.String(required=True, metadata={"description": "Stable; never reworded."})
    retry = fields.String(
        required=True,
        metadata={"enum": [retry.value for retry in Retry], "description": "What to do with the same request."},
    )
    errors = fields.Dict(
        keys=fields.String(), values=fields.List(fields.String()), metadata={"description": "Field to messages."}
    )


def problem(
    status: int,
    code: str,
    *,
    detail: str = "",
    retry: Retry = Retry.NEVER,
    errors: Mapping[str, Sequence[str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer of media type application/problem+json."""
    body: dict[str, Any] = {
        "type": f"urn:casquillo:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "code": code,
        "retry": retry.value,
    }
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = {field: list(messages) for field, messages in errors.items()}
    return Response(json.dumps(body, ensure_ascii=False), status=int(status), headers=headers, mimetype=MEDIA_TYPE)


def of_evidence_error(error: EvidenceError) -> Response:
    headers = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    if error.category is Category.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(
        STATUS[error.category],
        error.code,
        detail=error.detail,
        retry=error.retry,
        errors=error.errors,
        headers=headers,
    )


def of_http_exception(error: HTTPException) -> Response:
    """What werkzeug and webargs raise: unknown routes, methods, bodies that do not fit a schema."""
    status = error.code or 500
    data = getattr(error, "data", None) or {}
    headers = {name: value for name, value in error.get_headers() if name.lower() not in ("content-type",)}
    headers.update(data.get("headers") or {})
    code = HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_")
    if status == HTTPStatus.NOT_FOUND:
        code = "not_found"
    messages = data.get("messages")
    if messages:
        return problem(status, "invalid_request", errors=_flat(messages), headers=headers)
    return problem(status, code, detail=str(error.description or ""), headers=headers)


def _flat(messages: Mapping[str, Any], path: str = "") -> dict[str, list[str]]:
    """Marshmallow's nested messages as ``path.to.field`` → messages; the location (json, query) is dropped."""
    found: dict[str, list[str]] = {}
    for key, value in messages.items():
        here = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping):
            found.update(_flat(value, "" if not path and key in ("json", "query", "headers") else here))
        else:
            texts = value if isinstance(value, list) else [value]
            found.setdefault(here, []).extend(str(text) for text in texts)
    return found


def of_store_error(error: Exception) -> Response:
    if isinstance(error, StoreUnavailable):
        return problem(503, "store_unavailable", retry=Retry.LATER, headers={"Retry-After": "5"})
    log.error("store_refused", error=str(error))
    return problem(502, "store_refused", retry=Retry.LATER)


def of_database_error(error: Exception) -> Response:
    """The database away or busy is 503; a constraint that no rule of ours caught first is 409."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    if isinstance(error, IntegrityError):
        log.warning("constraint", error=str(error.orig))
        return problem(409, "already_there", detail="Another row with this identity stands in the way.")
    if isinstance(error, OperationalError | PoolTimeout) or state in BUSY:
        log.warning("database_unavailable", error=str(error).splitlines()[0])
        return problem(503, "database_unavailable", retry=Retry.LATER, headers={"Retry-After": "2"})
    return of_unexpected(error)


def of_depth(_error: RecursionError) -> Response:
    """JSON nested beyond what the parser follows."""
    return problem(400, "bad_request", detail="The body is nested too deep.")


def of_unexpected(error: Exception) -> Response:
    log.exception("unexpected", exc_info=error)
    return problem(500, "internal_error", detail="This is our fault; it has been recorded.", retry=Retry.LATER)


def install(app: Flask) -> None:
    """Registers every handler; HTTPException itself is registered by ``api.smorest``."""
    app.register_error_handler(EvidenceError, of_evidence_error)
    for store_error in (StoreUnavailable, StoreRefused, StoreDuplicate):
        app.register_error_handler(store_error, of_store_error)
    app.register_error_handler(DBAPIError, of_database_error)
    app.register_error_handler(PoolTimeout, of_database_error)
    app.register_error_handler(RecursionError, of_depth)
    app.register_error_handler(Exception, of_unexpected)
