"""Webhooks on the wire."""

from marshmallow import Schema, fields, validate

from api.schemas.times import Time
from evidence.domain.webhooks import LONGEST_URL


class WebhookBody(Schema):
    label = fields.String(required=True, validate=validate.Length(1, 100))
    url = fields.String(required=True, validate=validate.Length(1, LONGEST_URL))
    kinds = fields.List(
        fields.String(validate=validate.Length(1, 64)),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={"description": "only these kinds of entries; empty for all"},
    )


class WebhookAnswer(Schema):
    webhook_id = fields.UUID(required=True, attribute="webhook.id")
    label = fields.String(required=True, attribute="webhook.label")
    url = fields.String(required=True, attribute="webhook.url")
    kinds = fields.List(fields.String(), required=True, attribute="webhook.kinds")
    created_at = Time(required=True, attribute="webhook.created_at")
    ended_at = Time(required=True, allow_none=True, attribute="webhook.ended_at")
    waiting = fields.Integer(required=True)
    given_up = fields.Integer(required=True)
    last_answer = fields.String(required=True, allow_none=True)


class WebhooksAnswer(Schema):
    items = fields.List(fields.Nested(WebhookAnswer), required=True)


class NewWebhookAnswer(Schema):
    webhook_id = fields.UUID(required=True, attribute="webhook.id")
    secret = fields.String(required=True, metadata={"description": "whsec_…; shown this once"})


class WebhookMessageAnswer(Schema):
    id = fields.UUID(required=True, metadata={"description": "the webhook-id of every attempt"})
    log_index = fields.Integer(required=True, metadata={"description": "below zero: a test"})
    kind = fields.Function(lambda message: message.body["type"], required=True, metadata={"type": "string"})
    created_at = Time(required=True)
    attempts = fields.Integer(required=True)
    next_at = Time(required=True)
    delivered_at = Time(required=True, allow_none=True)
    given_up_at = Time(required=True, allow_none=True)
    last_answer = fields.String(required=True, allow_none=True)


class WebhookMessagesAnswer(Schema):
    items = fields.List(fields.Nested(WebhookMessageAnswer), required=True)
