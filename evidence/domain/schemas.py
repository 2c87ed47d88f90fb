"""The published JSON Schemas (``openapi/schemas``), compiled once, and their errors as JSON pointers."""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from itertools import islice
from typing import Any

from jsonschema_rs import Draft202012Validator, RegexOptions, Registry, ValidationError, ValidationErrorKind

from evidence.domain.payload import pointer_token

MAX_ERRORS = 20
_MAX_MESSAGE = 200


class SchemaName(StrEnum):
    """One file each, ``<name>.json``; the number is the ``v`` of the documents that it describes."""

    COMMON = "common-1"
    MANIFEST = "manifest-1"
    STATEMENT = "statement-1"
    ENROLMENT = "enrolment-1"
    DEVICE_SESSION = "device-session-1"
    CUSTODY_ENTRY = "custody-entry-1"
    CUSTODY_DETAILS = "custody-details-1"
    RECEIPT = "receipt-1"
    SUBJECTS = "subjects-1"


def schema(name: SchemaName) -> dict[str, Any]:
    """The schema as published; a fresh copy."""
    document: dict[str, Any] = json.loads(_source(name))
    return document


def errors(name: SchemaName, instance: Any) -> dict[str, list[str]]:
    """What is wrong with ``instance``: JSON pointer → messages, at most 20; empty when it is valid.

    Messages name members and rules, never values: they go into problem documents and logs.
    """
    return _collect(_validator(name), instance)


@cache
def detail_kinds() -> frozenset[str]:
    """Every kind of custody entry whose details have a published schema."""
    return frozenset(schema(SchemaName.CUSTODY_DETAILS)["$defs"])


def detail_errors(kind: str, details: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with the details of a custody entry of ``kind``; an unpublished kind is an error at ``""``."""
    if kind not in detail_kinds():
        return {"": [f"no published schema for entries of kind {kind}"]}
    return _collect(_detail_validator(kind), dict(details))


def check_details(kind: str, details: Mapping[str, Any]) -> None:
    """``ValueError`` unless ``details`` fit the published schema of ``kind``: a mistake in the calling action."""
    found = detail_errors(kind, details)
    if found:
        raise ValueError(f"details of {kind}: {found}")


@cache
def subject_members(table: str) -> tuple[str, ...]:
    """The columns of an immutable record that an entry's ``subject_sha256`` commits to; ``KeyError`` if unpublished."""
    return tuple(name for name in schema(SchemaName.SUBJECTS)["$defs"][table]["properties"] if name != "row")


@cache
def _source(name: SchemaName) -> str:
    return resources.files("openapi").joinpath("schemas", f"{name}.json").read_text(encoding="utf-8")


@cache
def _registry() -> Registry:
    return Registry([(schema(name)["$id"], schema(name)) for name in SchemaName])


@cache
def _validator(name: SchemaName) -> Draft202012Validator:
    return _compile(schema(name))


@cache
def _detail_validator(kind: str) -> Draft202012Validator:
    return _compile({"$ref": f"urn:casquillo:schema:{SchemaName.CUSTODY_DETAILS}#/$defs/{kind}"})


def _compile(document: dict[str, Any]) -> Draft202012Validator:
    # The linear-time regular expressions: patterns meet bytes from outside. Values are masked in messages.
    return Draft202012Validator(
        document,
        registry=_registry(),
        validate_formats=True,
        pattern_options=RegexOptions(),
        mask="the value",
        offline=True,
    )


def _collect(validator: Draft202012Validator, instance: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for error in islice(_flat(validator.iter_errors(instance)), MAX_ERRORS):
        pointer = "".join(f"/{pointer_token(step)}" for step in error.instance_path)
        found.setdefault(pointer, []).append(error.message[:_MAX_MESSAGE])
    return found


def _flat(problems: Iterator[ValidationError]) -> Iterator[ValidationError]:
    """For "this or null", what is wrong with *this* says more than that neither fits."""
    for problem in problems:
        if isinstance(problem.kind, ValidationErrorKind.AnyOf) and problem.kind.context:
            yield from _flat(iter(problem.kind.context[0]))
        else:
            yield problem
