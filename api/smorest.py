"""flask-smorest with our habits: problem+json on the wire and in the spec, and a verb on every route."""

import http
from collections.abc import Callable, Iterable
from typing import Any

from flask import Response
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import Schema
from werkzeug.exceptions import HTTPException

from api import problems
from api.auth import requires
from api.texts import keepable
from evidence.domain.roles import Verb

View = Callable[..., Any]

AUTHENTICATED = (401, 403)
BASE = "/api/v1"


class Api(SmorestApi):
    """The spec's error answers are problems, of their own media type."""

    ERROR_SCHEMA = problems.ProblemSchema

    def handle_http_exception(self, error: HTTPException) -> Response:
        return problems.of_http_exception(error)

    def _register_responses(self) -> None:
        for status in http.HTTPStatus:
            answer: dict[str, Any] = {"description": status.phrase}
            if status >= 400:
                answer["content"] = {problems.MEDIA_TYPE: {"schema": self.ERROR_SCHEMA}}
            self.spec.components.response(status.name, answer, lazy=True)
        default = {
            "description": "A problem, named by its code.",
            "content": {problems.MEDIA_TYPE: {"schema": self.ERROR_SCHEMA}},
        }
        self.spec.components.response("DEFAULT_ERROR", default, lazy=True)


class Noun(SmorestBlueprint):
    """The routes of one noun, all below ``/api/v1``; the public log alone has its place at the root."""

    def __init__(self, name: str, description: str, *, prefix: str = BASE) -> None:
        super().__init__(name, name, url_prefix=prefix, description=description)

    def act(
        self,
        method: str,
        rule: str,
        verb: Verb,
        *,
        answer: type[Schema] | None = None,
        status: int = 200,
        also: Iterable[int] = (),
        body: type[Schema] | None = None,
        query: type[Schema] | None = None,
        raw_body: str | None = None,
        if_match: bool = False,
        problem: Iterable[int] = (),
    ) -> Callable[[View], View]:
        """Registers one route: who may call it, what it takes and answers, which problems it may give.

        ``also`` lists other good statuses with the same body; ``raw_body`` is a media type read by the view
        itself; ``if_match`` documents the header that the view reads by ``boundary.expected_version``.
        """

        def register(view: View) -> View:
            wrapped: View = view
            for code in sorted({*problem, *(() if verb is Verb.OPEN else AUTHENTICATED)}):
                wrapped = self.alt_response(code, http.HTTPStatus(code).name)(wrapped)
            for code in also:
                kind: dict[str, Any] = {"schema": answer} if answer and code != 304 else {"success": True}
                wrapped = self.alt_response(code, **kind)(wrapped)
            wrapped = self.response(status, answer)(wrapped)
            if body is not None:
                wrapped = keepable(self.arguments(body, location="json", error_status_code=422)(wrapped))
            if query is not None:
                wrapped = self.arguments(query, location="query", as_kwargs=True, error_status_code=422)(wrapped)
            wrapped = self.doc(**_manual(verb, raw_body, if_match))(wrapped)
            # Outermost: who may not call learns nothing of what a body should hold.
            wrapped = requires(verb)(wrapped)
            self.route(rule, methods=[method], endpoint=view.__name__)(wrapped)
            return wrapped

        return register


def _manual(verb: Verb, raw_body: str | None, if_match: bool) -> dict[str, Any]:
    manual: dict[str, Any] = {"x-casquillo-verb": verb.value}
    if verb is Verb.OPEN:
        manual["security"] = []
    if raw_body:
        schema = {"type": "string", "format": "binary" if raw_body == "application/octet-stream" else "jws"}
        manual["requestBody"] = {"required": True, "content": {raw_body: {"schema": schema}}}
    if if_match:
        manual["parameters"] = [
            {
                "in": "header",
                "name": "If-Match",
                "required": True,
                "schema": {"type": "string"},
                "description": "The ETag of the version that was seen; absent 428, other 412.",
            }
        ]
    return manual
