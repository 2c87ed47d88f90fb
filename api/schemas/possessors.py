"""The sealed lines of a trace request on the wire."""

from marshmallow import Schema, fields, validate

from api.schemas.times import Time
from evidence.domain.possessor import LINES

REASON = validate.Length(1, 2000)


class PossessorBody(Schema):
    values = fields.Dict(
        keys=fields.String(validate=validate.OneOf(list(LINES))),
        values=fields.String(validate=validate.Length(max=4000)),
        required=True,
        metadata={"description": "By the form's code; an empty text withdraws a line."},
    )
    reason = fields.String(required=True, validate=REASON)


class PossessorAnswer(Schema):
    possessor_id = fields.UUID(required=True, attribute="id")
    submission_id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    lines = fields.List(fields.String(), required=True)
    made_at = Time(required=True)


class PossessorOpeningBody(Schema):
    reason = fields.String(required=True, validate=REASON)


class PossessorLine(Schema):
    code = fields.String(required=True)
    value = fields.String(required=True)
    by = fields.UUID(required=True)
    made_at = Time(required=True)


class PossessorLinesAnswer(Schema):
    lines = fields.List(fields.Nested(PossessorLine), required=True)
    expunged = fields.Boolean(required=True, metadata={"description": "an order removed some of what was written"})
