"""Results of a destination."""

from marshmallow import Schema, fields, validate

from api.paging import page_of
from api.schemas.times import Time
from evidence.actions.holding.result_rules import LATE_PURCHASE
from evidence.domain.kinds import BallisticCode, TraceCode
from evidence.records.results import OUTCOMES

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
    attachments = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={"description": "files attached before; a report names its file"},
    )
    confirmed = fields.List(
        fields.String(validate=validate.OneOf([LATE_PURCHASE])),
        load_default=list,
        validate=validate.Length(max=10),
        metadata={"description": "doubts that were looked at again"},
    )


class LeadEndAnswer(Schema):
    outcome = fields.String(required=True)
    by_result_id = fields.UUID(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    ended_at = Time(required=True)


class ResultAnswer(Schema):
    result_id = fields.UUID(required=True, attribute="result.id")
    submission_id = fields.UUID(required=True, attribute="result.submission_id")
    organisation_id = fields.UUID(required=True, attribute="result.organisation_id")
    answers_digest = fields.String(required=True, attribute="result.answers_digest")
    code = fields.String(required=True, attribute="result.code")
    final = fields.Boolean(required=True, attribute="result.final")
    late = fields.Boolean(required=True, attribute="result.late")
    outdated = fields.Boolean(
        required=True,
        attribute="result.outdated",
        metadata={"description": "For another dossier than the one that was approved then"},
    )
    supersedes = fields.UUID(required=True, allow_none=True, attribute="result.supersedes_id")
    facts = fields.Dict(required=True, metadata={"description": "empty for officers: another case may stand in it"})
    attachments = fields.List(fields.UUID(), required=True, attribute="result.attachments")
    examiner_id = fields.UUID(required=True, allow_none=True, attribute="result.examiner_id")
    second_examiner_id = fields.UUID(required=True, allow_none=True, attribute="result.second_examiner_id")
    recorded_at = Time(required=True, attribute="result.recorded_at")
    ended = fields.Nested(LeadEndAnswer, required=True, allow_none=True)


ResultsPage = page_of(ResultAnswer, "ResultsPage")


class LeadEndBody(Schema):
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
    reason = fields.String(required=True, validate=validate.Length(1, 2000))


class NoticeAnswer(Schema):
    notice_id = fields.UUID(required=True, attribute="notice.id")
    result_id = fields.UUID(required=True, attribute="notice.result_id")
    about = fields.String(required=True, attribute="notice.about")
    case_number = fields.String(required=True, attribute="notice.case_number")
    capture_id = fields.UUID(required=True, allow_none=True, attribute="notice.root_id")
    told_at = Time(required=True, attribute="notice.told_at")
    read_at = Time(required=True, allow_none=True)
    told_before = fields.Boolean(required=True, metadata={"description": "you read of the lead that this ends"})
    card = fields.Dict(required=True, allow_none=True, metadata={"description": "null until you read it"})


NoticesPage = page_of(NoticeAnswer, "NoticesPage")


class NominalAnswer(Schema):
    result_id = fields.UUID(required=True)
    nominal = fields.Dict(required=True)
