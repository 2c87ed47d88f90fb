"""Results of a destination."""

from marshmallow import Schema, fields, validate

from api.schemas.times import Time
from evidence.domain.kinds import BallisticCode, TraceCode

CODES = sorted({*(code.value for code in TraceCode), *(code.value for code in BallisticCode)})


class ResultBody(Schema):
    result_id = fields.UUID(required=True)
    answers_digest = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))
    code = fields.String(required=True, validate=validate.OneOf(CODES))
    final = fields.Boolean(required=True)
    supersedes = fields.UUID(load_default=None, allow_none=True)
    facts = fields.Dict(keys=fields.String(), load_default=dict)
    nominal = fields.Dict(keys=fields.String(), load_default=None, allow_none=True)
    examiner_id = fields.UUID(load_default=None, allow_none=True)
    second_examiner_id = fields.UUID(load_default=None, allow_none=True)


class ResultAnswer(Schema):
    result_id = fields.UUID(required=True, attribute="id")
    submission_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    answers_digest = fields.String(required=True)
    code = fields.String(required=True)
    final = fields.Boolean(required=True)
    late = fields.Boolean(required=True)
    outdated = fields.Boolean(
        required=True, metadata={"description": "For another dossier than the one that was approved then"}
    )
    supersedes = fields.UUID(required=True, allow_none=True, attribute="supersedes_id")
    facts = fields.Dict(required=True)
    examiner_id = fields.UUID(required=True, allow_none=True)
    second_examiner_id = fields.UUID(required=True, allow_none=True)
    recorded_at = Time(required=True)


class ResultsAnswer(Schema):
    items = fields.List(fields.Nested(ResultAnswer), required=True)


class NominalAnswer(Schema):
    result_id = fields.UUID(required=True)
    nominal = fields.Dict(required=True)
