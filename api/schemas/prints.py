"""Printed documents."""

from marshmallow import Schema, fields, validate

from api.schemas.captures import SHA256
from evidence.domain.prints.sheet import What

OF_CAPTURE = (What.REGISTRO, What.PACKAGE_LABEL, What.RECEIPT, What.HAND_BACK)
OF_ORGANISATION = (What.BLANK_LABELS, What.SCALE_CARDS)


def _one_of(*kinds: What) -> fields.String:
    return fields.String(required=True, validate=validate.OneOf([one.value for one in kinds]))


class CapturePrintBody(Schema):
    what = _one_of(*OF_CAPTURE)
    package_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "For a label: this package's only."}
    )
    event_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "For a receipt, a hand-back or a resealed label: the event."},
    )


class SubmissionPrintBody(Schema):
    what = _one_of(What.WORKSHEET)
    digest = fields.String(
        load_default=None,
        allow_none=True,
        validate=SHA256,
        metadata={"description": "An approved version; without it the present one."},
    )
    possessor_reason = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 2000),
        metadata={"description": "Opens parts VI to VIII for this print, and is kept in the custody log."},
    )


class NoticePrintBody(Schema):
    what = _one_of(What.NOTICE)


class QueuePrintBody(Schema):
    what = _one_of(What.DAY_LIST)


class PrintBody(Schema):
    what = _one_of(*OF_ORGANISATION)
    sheets = fields.Integer(
        load_default=1, validate=validate.Range(1, 20), metadata={"description": "Of ten blank labels each."}
    )
