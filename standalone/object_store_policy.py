"""Who may do what in the embedded object store: keys and policies in SeaweedFS's own file format, and the buckets."""

import json
from contextlib import suppress
from typing import Any

from evidence.actions.store_ports import StoreDuplicate
from evidence.adapters.s3_transport import sorted_errors

ORIGINALS, STAGING, PREVIEWS = "originals", "staging", "previews"

# No delete, no bypass, no bucket settings: what is not named is refused.
_KEEP = (
    "s3:PutObject",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:GetBucketVersioning",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetObjectRetention",
    "s3:PutObjectRetention",
    "s3:GetObjectLegalHold",
    "s3:PutObjectLegalHold",
)
_SCRATCH = ("s3:PutObject", "s3:GetObject", "s3:ListBucket", "s3:DeleteObject")
# PutObject alone would include these: several parts have no SHA-256 of the whole.
_PARTS = (
    "s3:CreateMultipartUpload",
    "s3:UploadPart",
    "s3:UploadPartCopy",
    "s3:CompleteMultipartUpload",
)
_NEVER = ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention")


def _statement(effect: str, actions: tuple[str, ...], *buckets: str) -> dict[str, Any]:
    arns = [f"arn:aws:s3:::{bucket}{rest}" for bucket in buckets for rest in ("", "/*")]
    return {"Effect": effect, "Action": list(actions), "Resource": arns}


def service_policy() -> dict[str, Any]:
    """The service may put, read, list and lock originals, and delete only where nothing has to stay."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            _statement("Allow", _KEEP, ORIGINALS),
            _statement("Allow", _SCRATCH, STAGING, PREVIEWS),
            _statement("Deny", _NEVER, ORIGINALS),
            _statement("Deny", _PARTS, ORIGINALS, STAGING, PREVIEWS),
        ],
    }


def s3_config(*, admin: tuple[str, str], service: tuple[str, str]) -> dict[str, Any]:
    """The content of ``s3.json``: both keys (access key, secret key), and nobody else."""

    def identity(name: str, key: tuple[str, str], **rights: list[str]) -> dict[str, Any]:
        return {"name": name, "credentials": [{"accessKey": key[0], "secretKey": key[1]}], **rights}

    return {
        "identities": [
            identity("admin", admin, actions=["Admin", "Read", "Write", "List", "Tagging"]),
            identity("service", service, actions=[], policyNames=["service"]),
        ],
        "policies": [{"name": "service", "content": json.dumps(service_policy())}],
    }


def prepare_buckets(client: Any, *, web_origin: str, retention_days: int) -> None:
    """Makes the three buckets if they are not there, and says their rules anew.

    A write to the originals without a lock of its own gets ``retention_days``. Each bucket has a CORS rule,
    because one without answers every origin.
    """
    for bucket in (ORIGINALS, STAGING, PREVIEWS):
        with suppress(StoreDuplicate), sorted_errors(f"make bucket {bucket}"):
            client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=bucket == ORIGINALS)
        methods = ["GET"] if bucket == PREVIEWS else ["GET", "PUT"]
        with sorted_errors(f"CORS of {bucket}"):
            client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [_cors_rule(web_origin, methods)]})
    retention = {"Mode": "GOVERNANCE", "Days": retention_days}
    with sorted_errors("default retention"):
        client.put_object_lock_configuration(
            Bucket=ORIGINALS,
            ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}},
        )


def _cors_rule(web_origin: str, methods: list[str]) -> dict[str, Any]:
    return {
        "AllowedOrigins": [web_origin],
        "AllowedMethods": methods,
        "AllowedHeaders": ["content-type", "if-none-match", "x-amz-*"],
        "ExposeHeaders": ["ETag", "x-amz-checksum-sha256", "x-amz-version-id"],
        "MaxAgeSeconds": 3600,
    }
