"""The published schemas: closed, described, in step with the code's closed lists."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest
from jsonschema_rs import meta
from signed_documents import SIGNER, made_hash, made_id, manifest_document

from evidence.domain import kinds
from evidence.domain.callers import Actor
from evidence.domain.canonical import b64url
from evidence.domain.custody import Chain, Entry
from evidence.domain.schemas import MAX_ERRORS, SchemaName, check_details, detail_errors, detail_kinds, errors, schema

# The facts of these details differ by case and have schemas, or owners, of their own.
OPEN = {"facts", "match", "errors", "marks", "storage"}


def members(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of a member, with its path."""
    if isinstance(node, dict):
        for name, member in node.get("properties", {}).items():
            if isinstance(member, dict):
                yield f"{path}.{name}", member
        for key, value in node.items():
            if key not in {"if", "then", "else"}:
                yield from members(value, f"{path}.{key}")
    elif isinstance(node, list):
        for value in node:
            yield from members(value, path)


def objects(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield path, node
        for key, value in node.items():
            yield from objects(value, f"{path}.{key}")
    elif isinstance(node, list):
        for value in node:
            yield from objects(value, path)


@pytest.mark.parametrize("name", SchemaName)
def test_each_is_a_schema_under_its_own_name(name: SchemaName) -> None:
    document = schema(name)
    meta.validate(document)
    assert document["$id"] == f"urn:casquillo:schema:{name}"
    assert document["title"]
    assert document["description"]


@pytest.mark.parametrize("name", [name for name in SchemaName if name is not SchemaName.SUBJECTS])
def test_every_member_is_described(name: SchemaName) -> None:
    for path, member in members(schema(name)):
        described = "description" in member or member.get("$ref", "").split("/")[-1] in _described()
        assert described, f"{name}{path}"


def _described() -> set[str]:
    """Definitions that describe themselves."""
    found = set()
    for name in SchemaName:
        found |= {key for key, value in schema(name).get("$defs", {}).items() if "description" in value}
    return found


@pytest.mark.parametrize("name", SchemaName)
def test_every_object_is_closed(name: SchemaName) -> None:
    for path, node in objects(schema(name)):
        open_by_name = path.split(".")[-1] in OPEN or path.endswith("marks.items")
        assert "additionalProperties" in node or open_by_name, f"{name}{path}"


def enum_at(name: SchemaName, *path: str) -> set[str]:
    node: Any = schema(name)["$defs"]
    for step in path:
        node = node[step]
    return set(node["enum"])


MANIFEST_LISTS: list[tuple[type[StrEnum], tuple[str, ...]]] = [
    (kinds.ItemKind, ("item", "properties", "kind")),
    (kinds.View, ("view",)),
    (kinds.Source, ("media", "properties", "source")),
    (kinds.Began, ("recovery", "properties", "began")),
    (kinds.SerialStatus, ("serial", "properties", "status")),
    (kinds.SerialWhere, ("serial", "properties", "where")),
    (kinds.MakeSafeState, ("make_safe", "properties", "state")),
    (kinds.LabelCondition, ("make_safe", "properties", "condition")),
    (kinds.LabelCondition, ("package", "properties", "condition")),
    (kinds.PackageKind, ("package", "properties", "kind")),
    (kinds.FirearmForm, ("firearm", "properties", "form")),
    (kinds.PmfType, ("pmf", "properties", "type")),
    (kinds.ReplyAnswer, ("reply", "properties", "answer")),
]


@pytest.mark.parametrize(("words", "path"), MANIFEST_LISTS, ids=lambda value: str(value))
def test_code_and_schema_have_the_same_words(words: type[StrEnum], path: tuple[str, ...]) -> None:
    assert {str(word) for word in words} == enum_at(SchemaName.MANIFEST, *path)


def test_the_other_closed_lists_agree_too() -> None:
    manifest, statement = schema(SchemaName.MANIFEST), schema(SchemaName.STATEMENT)
    how = enum_at(SchemaName.MANIFEST, "serial", "properties", "readings", "items", "properties", "how")
    assert how == {str(word) for word in kinds.PHONE_READINGS}
    assert set(manifest["properties"]["capacity"]["enum"]) == {str(word) for word in kinds.Capacity}
    assert set(statement["properties"]["kind"]["enum"]) == {str(word) for word in kinds.StatementKind}
    unlock = enum_at(SchemaName.COMMON, "unlock", "properties", "method")
    assert unlock == {str(word) for word in kinds.UnlockMethod}
    event = ("physical.event", "properties")
    assert enum_at(SchemaName.CUSTODY_DETAILS, *event, "kind") == {str(word) for word in kinds.PhysicalEventKind}
    mismatches = enum_at(SchemaName.CUSTODY_DETAILS, *event, "mismatches", "items")
    assert mismatches == {str(word) for word in kinds.MismatchKind}
    answers = enum_at(SchemaName.CUSTODY_DETAILS, "duplicate.answered", "properties", "answer")
    assert answers == {str(word) for word in kinds.DuplicateAnswer}


def test_every_kind_of_item_has_its_block_in_the_schema() -> None:
    properties = schema(SchemaName.MANIFEST)["$defs"]["item"]["properties"]
    assert set(kinds.FACT_BLOCKS) == set(kinds.ItemKind)
    assert all(block in properties for blocks in kinds.FACT_BLOCKS.values() for block in blocks)


def entry() -> Entry:
    return Entry(
        entry_id=made_id("entry"),
        agency_id=SIGNER.agency_id,
        chain=Chain("capture", made_id("capture")),
        seq=2,
        prev=made_hash("one"),
        kind="capture.registered",
        at=datetime(2026, 5, 3, tzinfo=UTC),
        actor=Actor("device", SIGNER.device_id, "officer"),
        subject_sha256=made_hash("subject"),
        details_sha256=made_hash("details"),
        nonce=b64url(bytes(16)),
    )


def test_an_entry_as_it_is_hashed_fits_the_published_schema() -> None:
    assert errors(SchemaName.CUSTODY_ENTRY, entry().members()) == {}


@pytest.mark.parametrize("member", ["name", "text", "serial", "position", "address"])
def test_an_entry_has_no_place_for_what_belongs_in_its_details(member: str) -> None:
    assert errors(SchemaName.CUSTODY_ENTRY, {**entry().members(), member: "x"})
    actor = {**entry().members()["actor"], member: "x"}
    assert "/actor" in errors(SchemaName.CUSTODY_ENTRY, {**entry().members(), "actor": actor})


@pytest.mark.parametrize("kind", sorted(detail_kinds()))
def test_details_of_every_kind_are_closed(kind: str) -> None:
    assert errors(SchemaName.CUSTODY_ENTRY, {**entry().members(), "kind": kind}) == {}
    assert "was unexpected" in str(detail_errors(kind, {"smuggled": 1}))


def test_details_are_checked_by_kind() -> None:
    check_details("lease.taken", {"submission_id": str(made_id("s")), "lease_id": str(made_id("l"))})
    with pytest.raises(ValueError, match=r"lease\.taken"):
        check_details("lease.taken", {"submission_id": str(made_id("s"))})
    with pytest.raises(ValueError, match="no published schema"):
        check_details("lease.borrowed", {})


def test_the_details_schema_also_stands_as_a_whole() -> None:
    media = {"id": str(made_id("m")), "sha256": made_hash("m"), "size": 1, "state": "secured"}
    full = {"manifest_sha256": made_hash("x"), "media": [{**media, "version_id": "v", "locked_until": None}]}
    assert errors(SchemaName.CUSTODY_DETAILS, {"capture.secured": full}) == {}
    assert errors(SchemaName.CUSTODY_DETAILS, {"capture.secured": {**full, "media": [media]}})


def test_messages_name_rules_and_never_values() -> None:
    document = manifest_document()
    document["items"][0]["serial"]["text"] = "SECRETO" * 20
    document["items"][0]["kind"] = "SECRETO"
    document["position"]["lat"] = "SECRETO"
    document["captured_at"] = "SECRETO"
    found = errors(SchemaName.MANIFEST, document)
    assert set(found) == {"/items/0/serial/text", "/items/0/kind", "/position/lat", "/captured_at"}
    assert "SECRETO" not in str(list(found.values()))


def test_errors_are_few_however_many_there_are() -> None:
    document = manifest_document()
    document["media"] = [{"nonsense": n} for n in range(90)]
    found = errors(SchemaName.MANIFEST, document)
    assert 0 < sum(len(messages) for messages in found.values()) <= MAX_ERRORS
    assert all(len(message) <= 200 for messages in found.values() for message in messages)


def test_a_pointer_escapes_the_names_in_it() -> None:
    document = manifest_document()
    document["recovery"]["blanks"] = {"a/b~c": "nonsense"}
    assert "/recovery/blanks/a~1b~0c" in errors(SchemaName.MANIFEST, document)
