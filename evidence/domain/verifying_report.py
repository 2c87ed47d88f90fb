"""What a verification of the whole service counts, and how it says how far it is."""

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[str, int, int], None]
"""Told now and then: the stage, how much of it is done, and how much it is in all."""


@dataclass
class ServiceReport:
    """How much was looked at. ``expunged`` entries lost their details under an order, ``details_missing`` without one.

    Both are reported, not failed: the chain holds all the same.

    ``forgotten`` are stored checkpoints that a restored database no longer had when a new log followed the old one.
    ``subjects_unread`` are entries about a kind of record that this verifier cannot find by the entry's details.
    """

    chains: int = 0
    entries: int = 0
    expunged: int = 0
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
