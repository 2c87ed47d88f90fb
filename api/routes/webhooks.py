"""Where an organisation wants to hear of changes."""

from typing import Any
from uuid import UUID

from flask import Response

from api import boundary
from api.schemas.webhooks import (
    NewWebhookAnswer,
    WebhookBody,
    WebhookMessageAnswer,
    WebhookMessagesAnswer,
    WebhooksAnswer,
)
from api.smorest import Noun
from evidence.actions.telling import webhooks
from evidence.domain.roles import Verb
from evidence.records.webhooks import WebhookMessage

noun = Noun("webhooks", "Addresses that hear of changes: ids and states only, signed.")


@noun.act("POST", "/webhooks", Verb.TOKEN_MANAGE, body=WebhookBody, answer=NewWebhookAnswer, status=201, problem=(422,))
def post_webhook(body: dict[str, Any]) -> webhooks.NewWebhook:
    """An address of the organisation; its secret is shown this once."""
    return boundary.write(webhooks.make, caller=boundary.person(), **body)


@noun.act("GET", "/webhooks", Verb.TOKEN_MANAGE, answer=WebhooksAnswer)
def get_webhooks() -> dict[str, Any]:
    """The organisation's addresses and how their messages fare."""
    return {"items": boundary.read(webhooks.listed, caller=boundary.person())}


@noun.act(
    "POST",
    "/webhooks/<uuid:webhook_id>/test",
    Verb.TOKEN_MANAGE,
    answer=WebhookMessageAnswer,
    status=202,
    problem=(404,),
)
def post_webhook_test(webhook_id: UUID) -> WebhookMessage:
    """Sends a message that says nothing, to see that the address hears."""
    return boundary.write(webhooks.send_test, caller=boundary.person(), webhook_id=webhook_id)


@noun.act(
    "GET", "/webhooks/<uuid:webhook_id>/messages", Verb.TOKEN_MANAGE, answer=WebhookMessagesAnswer, problem=(404,)
)
def get_webhook_messages(webhook_id: UUID) -> dict[str, Any]:
    """The newest messages to an address, and how each fared."""
    return {"items": boundary.read(webhooks.deliveries, caller=boundary.person(), webhook_id=webhook_id)}


@noun.act("POST", "/webhooks/<uuid:webhook_id>/end", Verb.TOKEN_MANAGE, status=204, problem=(404,))
def post_webhook_end(webhook_id: UUID) -> Response:
    """The address hears no more."""
    boundary.write(webhooks.end, caller=boundary.person(), webhook_id=webhook_id)
    return Response(status=204)
