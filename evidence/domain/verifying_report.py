"""What a verification of the whole service counts, and how it says how far it is."""

from collections.abc import Callable
from dataclasses import dataclass, field

Progress = Callable[[str, int, int], None]
"""Told now and then: the stage, how much of it is done, and how much it is in all."""


@dataclass
class ServiceReport:
    """How much was looked at. ``expunged`` entries lost their details under an order, ``details_missing`` without one.

    Both are reported, not failed: the chain holds all the same.

    ``expunged_files`` are gone under an order, and ``undeleted`` of them wait for their bytes to be removed.
    ``successions`` are logs that followed another: (name, the former's, the size that the store keeps of it).
    ``forgotten`` are stored checkpoints that a restored database no longer had when a new log followed the old one.
    ``subjects_unread`` are entries about a kind of record that this verifier cannot find by the entry's details.
    """

    chains: int = 0
    entries: int = 0
    expunged: int = 0
    expunged_files: int = 0
    undeleted: int = 0
    details_missing: int = 0
    subjects: int = 0
    subjects_unread: int = 0
    leaves: int = 0
    waiting: int = 0
    tiles: int = 0
    checkpoints: int = 0
    cosignatures: int = 0
    stored_checkpoints: int = 0
    forgotten: int = 0
    versions: int = 0
    versions_checked: int = 0
    bytes_read: int = 0
    timestamps: int = 0
    successions: list[tuple[str, str, int]] = field(default_factory=list)
