"""What custody entries commit to is frozen: a record's published members, and nothing that comes later."""

import pytest
from sqlalchemy import inspect

from evidence.actions.verification.verifying_rows import SUBJECTS
from evidence.domain.schemas import SchemaName, schema, subject_members
from evidence.records.tables import Base

# May move after the row was written; or was added after entries had been made, and is no part of what they said.
APART = {
    "manifest": {"root_id", "standing", "problems", "flags", "secured_at"},
    "possessor_supplement": {"sealed"},
}

MODELS = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}


@pytest.mark.parametrize("table", sorted(schema(SchemaName.SUBJECTS)["$defs"]))
def test_every_column_is_committed_to_or_named_as_apart(table: str) -> None:
    columns = {column.key for column in inspect(MODELS[table]).column_attrs}
    assert set(subject_members(table)) | APART.get(table, set()) == columns
    assert not set(subject_members(table)) & APART.get(table, set())


def test_every_record_that_is_verified_has_a_schema() -> None:
    published = set(schema(SchemaName.SUBJECTS)["$defs"])
    assert {subject.model.__tablename__ for subject in SUBJECTS} <= published
