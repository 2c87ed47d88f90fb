"""Rows by a server-side cursor, a page at a time, which is closed whatever happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVarTuple

from sqlalchemy import Result, Select
from sqlalchemy.orm import Session

Ts = TypeVarTuple("Ts")


@contextmanager
def streamed(session: Session, statement: Select[*Ts], *, page: int) -> Iterator[Result[*Ts]]:
    """The statement's rows, of which never more than ``page`` are in memory."""
    result = session.execute(statement, execution_options={"yield_per": page})
    try:
        yield result
    finally:
        result.close()
