"""The status feed on the wire."""

from marshmallow import Schema, fields, validate

from api.schemas.times import Time

LONGEST_WAIT_S = 25


class StatusQuery(Schema):
    after = fields.Integer(load_default=-1, validate=validate.Range(-1), metadata={"description": "a log index"})
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 200))
    wait = fields.Integer(
        load_default=0,
        validate=validate.Range(0, LONGEST_WAIT_S),
        metadata={"description": "seconds to wait for the first change"},
    )


class ChangeAnswer(Schema):
    log_index = fields.Integer(required=True)
    kind = fields.String(required=True)
    at = Time(required=True)
    capture_id = fields.UUID(required=True, allow_none=True)
    folio = fields.String(required=True, allow_none=True)
    submission_id = fields.UUID(required=True, allow_none=True)
    submission_state = fields.String(required=True, allow_none=True)
    destination = fields.String(required=True, allow_none=True)
    item_id = fields.UUID(required=True, allow_none=True)
    reason = fields.String(
        required=True, allow_none=True, metadata={"description": "the code of a return, while it is returned"}
    )
    result_code = fields.String(required=True, allow_none=True)
    mismatches = fields.List(
        fields.String(), required=True, metadata={"description": "in what the thing differs from its dossier"}
    )


class StatusAnswer(Schema):
    items = fields.List(fields.Nested(ChangeAnswer), required=True)
    next_after = fields.Integer(required=True, metadata={"description": "after, of the next request"})


class MarkAnswer(Schema):
    """A region of a photo, in thousandths of its width and height."""

    media_id = fields.UUID(required=True)
    view = fields.String(required=True)
    x = fields.Integer(required=True)
    y = fields.Integer(required=True)
    w = fields.Integer(required=True)
    h = fields.Integer(required=True)


class ReturnedAnswer(Schema):
    submission_id = fields.UUID(required=True)
    capture_id = fields.UUID(required=True, metadata={"description": "the root of the line"})
    folio = fields.String(required=True)
    item_id = fields.UUID(required=True)
    destination = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True, metadata={"description": "the code of the return"})
    note = fields.String(required=True, allow_none=True)
    marks = fields.List(fields.Nested(MarkAnswer), required=True)
    returned_at = Time(required=True)
    manifest_sha256 = fields.String(
        required=True, allow_none=True, metadata={"description": "the head: what an answer amends"}
    )
    own = fields.Boolean(required=True, metadata={"description": "false: a colleague's, without note and marks"})


class ReturnedListAnswer(Schema):
    items = fields.List(fields.Nested(ReturnedAnswer), required=True)


class TakenOverAnswer(Schema):
    returned = fields.Nested(ReturnedAnswer, required=True)
    manifest_capture_id = fields.UUID(required=True)
    jws = fields.String(required=True, metadata={"description": "the signed manifest that the answer amends"})
