"""Reads a published custody entry back from its JSON members."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from evidence.domain.callers import Actor
from evidence.domain.custody import Chain, Entry


class Malformed(Exception):
    """Not the members of an entry."""


def entry_of_members(members: Mapping[str, Any]) -> Entry:
    """The entry; its ``members()`` give back exactly what was read, or ``Malformed`` is raised."""
    try:
        entry = Entry(
            entry_id=UUID(members["entry_id"]),
            agency_id=UUID(members["agency_id"]),
            chain=Chain(members["chain"]["type"], UUID(members["chain"]["id"])),
            seq=members["seq"],
            prev=members["prev"],
            kind=members["kind"],
            at=datetime.fromisoformat(members["at"]),
            actor=Actor(members["actor"]["type"], UUID(members["actor"]["id"]), members["actor"]["role"]),
            subject_sha256=members["subject_sha256"],
            details_sha256=members["details_sha256"],
            nonce=members["nonce"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(str(error)) from None
    if type(entry.seq) is not int or entry.members() != members:
        raise Malformed("not as published")
    return entry
