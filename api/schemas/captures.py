"""Captures as they stand, and the upload of their files."""

from marshmallow import Schema, fields, validate

from api.schemas.status import LONGEST_WAIT_S
from api.schemas.times import Time
from evidence.actions.storing.uploads import LARGEST_CHUNK, SMALLEST_CHUNK

SHA256 = validate.Regexp(r"^[0-9a-f]{64}$", error="Lowercase hex SHA-256.")


class ManifestQuery(Schema):
    manifest = fields.String(
        load_default=None, validate=SHA256, metadata={"description": "Which of several manifests under one capture id."}
    )


class WaitQuery(Schema):
    wait = fields.Integer(
        load_default=0,
        validate=validate.Range(0, LONGEST_WAIT_S),
        metadata={"description": "seconds to wait until no file is awaited any more"},
    )


class ProblemLine(Schema):
    code = fields.String(required=True)
    path = fields.String(required=True, metadata={"description": "JSON pointer into the payload"})
    blocking = fields.Boolean(required=True)


class MediaLine(Schema):
    id = fields.UUID(required=True)
    sha256 = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "bytes"})
    content_type = fields.String(required=True)
    view = fields.String(required=True)
    source = fields.String(required=True)
    item_ids = fields.List(fields.UUID(), required=True)
    package_id = fields.UUID(required=True, allow_none=True)
    captured_at = Time(required=True, allow_none=True)
    state = fields.String(required=True)
    problem = fields.String(required=True, allow_none=True)
    preview = fields.String(required=True)
    locked_until = Time(required=True, allow_none=True)


class CosignatureLine(Schema):
    officer_id = fields.UUID(required=True)
    device_id = fields.UUID(required=True)
    stages = fields.List(fields.String(), required=True, metadata={"description": "stages of the Registro's part 4"})
    received_at = Time(required=True)


class ManifestAnswer(Schema):
    sha256 = fields.String(required=True)
    capture_id = fields.UUID(required=True)
    seq = fields.Integer(required=True)
    amends_sha256 = fields.String(required=True, allow_none=True)
    standing = fields.String(required=True)
    problems = fields.List(fields.Nested(ProblemLine), required=True)
    flags = fields.List(fields.String(), required=True)
    relayed_by = fields.UUID(required=True, allow_none=True)
    received_at = Time(required=True)
    secured_at = Time(required=True, allow_none=True)
    cosigned = fields.List(
        fields.Nested(CosignatureLine),
        required=True,
        metadata={"description": "colleagues who took part and signed its hash with their own phone"},
    )
    media = fields.List(fields.Nested(MediaLine), required=True)


class SubmissionLine(Schema):
    id = fields.UUID(required=True)
    destination = fields.String(required=True)
    item_id = fields.UUID(required=True)
    state = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)


class CaptureAnswer(Schema):
    id = fields.UUID(required=True)
    root_id = fields.UUID(required=True)
    folio = fields.String(required=True)
    state = fields.String(required=True)
    agency_id = fields.UUID(required=True)
    officer_id = fields.UUID(required=True)
    device_id = fields.UUID(required=True)
    head_sha256 = fields.String(required=True, allow_none=True)
    captured_at = Time(required=True)
    received_at = Time(required=True)
    secured_at = Time(required=True, allow_none=True)
    conflict_open = fields.Boolean(required=True)
    flags = fields.List(fields.String(), required=True)
    version = fields.Integer(required=True)
    manifests = fields.List(fields.Nested(ManifestAnswer), required=True)
    submissions = fields.List(fields.Nested(SubmissionLine), required=True)


class SettleBody(Schema):
    manifest_sha256 = fields.String(
        required=True, validate=SHA256, metadata={"description": "The version that stands, or becomes the head"}
    )
    reason = fields.String(
        required=True, validate=[validate.Length(1, 4000), validate.Regexp(r"\S", error="Not blank.")]
    )


class RegisteredAnswer(Schema):
    id = fields.UUID(required=True)
    folio = fields.String(required=True)
    state = fields.String(required=True)
    manifest_sha256 = fields.String(required=True)
    standing = fields.String(required=True)
    problems = fields.List(fields.Nested(ProblemLine), required=True)


class Chunk(Schema):
    n = fields.Integer(required=True, validate=validate.Range(0, 9999))
    sha256 = fields.String(required=True, validate=SHA256)


class UploadWish(Schema):
    id = fields.UUID(required=True)
    way = fields.String(load_default="whole", validate=validate.OneOf(["whole", "chunks"]))
    chunk_size = fields.Integer(
        load_default=None,
        validate=validate.Range(SMALLEST_CHUNK, LARGEST_CHUNK),
        metadata={"description": "bytes; with way=chunks"},
    )
    chunks = fields.List(fields.Nested(Chunk), load_default=list, validate=validate.Length(max=4000))


class UploadsBody(Schema):
    media = fields.List(fields.Nested(UploadWish), required=True, validate=validate.Length(1, 100))


class PartLine(Schema):
    n = fields.Integer(required=True)
    offset = fields.Integer(required=True, metadata={"description": "bytes from the file's start"})
    size = fields.Integer(required=True, metadata={"description": "bytes"})
    url = fields.String(required=True)
    method = fields.String(required=True)
    headers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class TargetLine(Schema):
    id = fields.UUID(required=True)
    parts = fields.List(fields.Nested(PartLine), required=True)


class UploadsAnswer(Schema):
    media = fields.List(fields.Nested(TargetLine), required=True)
    expires_at = Time(required=True)


class CompleteBody(Schema):
    media = fields.List(fields.UUID(), required=True, validate=validate.Length(1, 100))


class CompleteAnswer(Schema):
    media = fields.List(fields.UUID(), required=True)
