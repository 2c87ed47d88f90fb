"""Trace requests on the wire."""

from marshmallow import Schema, fields, validate

from api.schemas.captures import SHA256
from api.schemas.times import Time

NUMBER = validate.Length(1, 64)


class TraceRequestBody(Schema):
    trace_request_id = fields.UUID(required=True)
    digest = fields.String(required=True, validate=SHA256, metadata={"description": "the dossier that was keyed"})
    etrace_number = fields.String(required=True, validate=NUMBER)
    etrace_number_again = fields.String(
        required=True, validate=NUMBER, metadata={"description": "typed a second time, not copied"}
    )
    sent_at = Time(required=True)
    replaces = fields.UUID(load_default=None, allow_none=True)


class ReadBackBody(Schema):
    text = fields.String(
        required=True, validate=validate.Length(1, 64), metadata={"description": "the serial on the confirmation"}
    )
    equal = fields.Boolean(required=True, metadata={"description": "whether it is the photo's"})


class ReadBackAnswer(Schema):
    person_id = fields.UUID(required=True)
    text = fields.String(required=True)
    equal = fields.Boolean(required=True)
    read_at = Time(required=True)


class CorrectionNoticeAnswer(Schema):
    notice_id = fields.UUID(required=True, attribute="id")
    trace_request_id = fields.UUID(required=True)
    digest = fields.String(required=True)
    changed = fields.List(fields.String(), required=True, metadata={"description": "fields of the form, or media"})
    made_at = Time(required=True)
    acknowledged_at = Time(required=True, allow_none=True)
    acknowledged_by = fields.UUID(required=True, allow_none=True)


class SentAnswer(Schema):
    trace_request_id = fields.UUID(required=True, attribute="id")
    submission_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    digest = fields.String(required=True)
    etrace_number = fields.String(required=True)
    replaces = fields.UUID(required=True, allow_none=True, attribute="replaces_id")
    sent_by = fields.UUID(required=True)
    sent_at = Time(required=True)


class TraceRequestAnswer(Schema):
    request = fields.Nested(SentAnswer, required=True)
    replaced = fields.Boolean(required=True, metadata={"description": "its worksheet says SUSTITUIDA"})
    read_backs = fields.List(fields.Nested(ReadBackAnswer), required=True)
    notices = fields.List(fields.Nested(CorrectionNoticeAnswer), required=True)


class TraceRequestsAnswer(Schema):
    items = fields.List(fields.Nested(TraceRequestAnswer), required=True)
