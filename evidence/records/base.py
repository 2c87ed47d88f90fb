"""The declarative base: one naming convention, one mapping of Python types to PostgreSQL types."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, LargeBinary, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        str: Text,
        int: BigInteger,
        bytes: LargeBinary,
        UUID: Uuid,
        datetime: TIMESTAMP(timezone=True),
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
        list[str]: ARRAY(Text),
        list[UUID]: ARRAY(Uuid),
    }


def one_of(column: str, *values: str) -> str:
    """A check constraint's text: ``column`` holds one of the closed list."""
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


def of_agency(column: str, parent: str) -> ForeignKeyConstraint:
    """``column`` refers to ``parent`` (``table.column``) together with ``agency_id``.

    Row-level security trusts a row's ``agency_id``; so no row may stand under one agency and a parent of another's.
    """
    return ForeignKeyConstraint([column, "agency_id"], [parent, f"{parent.split('.')[0]}.agency_id"])
