"""Duplicate cards on the wire."""

from marshmallow import Schema, fields, validate

from api.schemas.times import Time


class DuplicateAnswerBody(Schema):
    answer = fields.String(required=True, validate=validate.OneOf(["same_gun", "different", "unsure"]))
    note = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 2000))


class DuplicateAnswerAnswer(Schema):
    organisation_id = fields.UUID(required=True)
    answer = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)
    answered_at = Time(required=True)


class DuplicateCardAnswer(Schema):
    match_id = fields.UUID(required=True)
    item_id = fields.UUID(required=True)
    found_by = fields.String(required=True)
    card = fields.Dict(required=True, metadata={"description": "agency, entity, date, serial, make, caliber, trace"})
    blind = fields.Boolean(
        required=True, metadata={"description": "read the serial of your own photo first: until then the card has none"}
    )
    answers = fields.List(fields.Nested(DuplicateAnswerAnswer), required=True)


class DuplicatesAnswer(Schema):
    items = fields.List(fields.Nested(DuplicateCardAnswer), required=True)
