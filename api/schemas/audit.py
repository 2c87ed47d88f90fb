"""Entries as an auditor lists them."""

from marshmallow import Schema, fields, validate

from api.paging import PageQuery, page_of
from api.schemas.times import Time
from evidence.actions.log.audit_list import SHOWN


class AuditQuery(PageQuery):
    show = fields.String(load_default="all", validate=validate.OneOf(sorted(SHOWN)))
    folio = fields.String(load_default=None, validate=validate.Length(10, 20))
    person = fields.String(
        load_default=None, validate=validate.Length(1, 40), metadata={"description": "whose acts, by code"}
    )


class AuditLineAnswer(Schema):
    entry_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    at = Time(required=True)
    chain_type = fields.String(required=True)
    chain_id = fields.UUID(required=True)
    seq = fields.Integer(required=True)
    actor_type = fields.String(required=True)
    actor_role = fields.String(required=True, allow_none=True)
    actor = fields.String(required=True, metadata={"description": "a person's code; never a name"})
    folio = fields.String(required=True, allow_none=True)
    told = fields.Dict(
        keys=fields.String(), required=True, metadata={"description": "words of closed lists out of the details"}
    )
    entry_sha256 = fields.String(required=True)
    log_index = fields.Integer(required=True, allow_none=True)


AuditPage = page_of(AuditLineAnswer, "AuditPage")
