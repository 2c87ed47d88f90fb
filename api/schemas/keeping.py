"""Retention categories, legal holds and sealed captures on the wire."""

from typing import Any

from marshmallow import Schema, fields, validate

from api.schemas.times import Time

FOLIO = validate.Length(11, 20)
REFERENCE = validate.Length(1, 200)
REASON = validate.Length(1, 2000)


class CategoryBody(Schema):
    code = fields.String(required=True, validate=validate.Regexp(r"^[a-z][a-z0-9_]{1,39}$"))
    name = fields.String(required=True, validate=validate.Length(1, 200))
    years = fields.Integer(required=True, validate=validate.Range(1, 100))


class CategoryAnswer(Schema):
    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    years = fields.Integer(required=True)
    created_at = Time(required=True)
    ended_at = Time(required=True, allow_none=True)


class CategoriesAnswer(Schema):
    items = fields.List(fields.Nested(CategoryAnswer), required=True)
    standard_days = fields.Integer(required=True, metadata={"description": "the operator's own, for all others"})


class CategorySetBody(Schema):
    folio = fields.String(required=True, validate=FOLIO)
    code = fields.String(required=True, validate=validate.Length(1, 40))
    reason = fields.String(required=True, validate=REASON)


class CategorySetAnswer(Schema):
    folio = fields.String(required=True)
    retention = fields.String(required=True)


class HoldBody(Schema):
    folio = fields.String(required=True, validate=FOLIO)
    reference = fields.String(required=True, validate=REFERENCE, metadata={"description": "the order's number"})
    reason = fields.String(required=True, validate=REASON)


class LiftBody(Schema):
    reason = fields.String(required=True, validate=REASON)


class HoldAnswer(Schema):
    id = fields.UUID(required=True)
    folio = fields.String(required=True)
    reference = fields.String(required=True)
    reason = fields.String(required=True)
    placed_at = Time(required=True)
    lifted_at = Time(required=True, allow_none=True)
    lifted_reason = fields.String(required=True, allow_none=True)


class HoldsAnswer(Schema):
    items = fields.List(fields.Nested(HoldAnswer), required=True)


class ReserveBody(Schema):
    folio = fields.String(required=True, validate=FOLIO)
    reference = fields.String(required=True, validate=REFERENCE, metadata={"description": "the legal reason"})
    reason = fields.String(required=True, validate=REASON)
    readers = fields.List(
        fields.UUID(), load_default=list, validate=validate.Length(0, 20), metadata={"description": "who may read it"}
    )


class ReserveAnswer(Schema):
    id = fields.UUID(required=True)
    folio = fields.String(required=True)
    reference = fields.String(required=True)
    reason = fields.String(required=True)
    readers = fields.List(fields.UUID(), required=True)
    asked_by = fields.UUID(required=True)
    asked_at = Time(required=True)
    confirmed_by = fields.UUID(required=True, allow_none=True)
    confirmed_at = Time(required=True, allow_none=True)
    lift_asked_by = fields.UUID(required=True, allow_none=True)
    lift_asked_at = Time(required=True, allow_none=True)
    lift_reason = fields.String(required=True, allow_none=True)
    lifted_at = Time(required=True, allow_none=True)


class ReservesAnswer(Schema):
    items = fields.List(fields.Nested(ReserveAnswer), required=True)


def with_folio(row: Any, folio: str) -> dict[str, Any]:
    """A row's columns and its capture's folio, as the answers have them."""
    return {**{name: value for name, value in vars(row).items() if not name.startswith("_")}, "folio": folio}
