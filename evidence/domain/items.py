"""Items and packages as a manifest states them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from evidence.domain.kinds import FACT_BLOCKS, ItemKind, MakeSafeState, PackageKind, SerialStatus, SerialWhere


@dataclass(frozen=True)
class Coded:
    """A fact as written on the thing, and its code in a list; either may stand alone."""

    text: str | None
    code: str | None


@dataclass(frozen=True)
class Quantity:
    n: int
    exact: bool


@dataclass(frozen=True)
class Serial:
    """A serial number as the signer read it. ``readings`` keeps each reading as signed: text, by, at, how."""

    status: SerialStatus
    text: str | None
    where: SerialWhere
    readings: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Item:
    """A physical thing. ``facts`` is the whole item as signed; what is typed here is what the rules ask for."""

    id: UUID
    number: str
    kind: ItemKind
    quantity: Quantity
    found_in: UUID | None
    requests: tuple[str, ...]
    serial: Serial | None
    make_safe: MakeSafeState | None
    facts: Mapping[str, Any] = field(repr=False)

    def block(self, name: str) -> Mapping[str, Any]:
        """The member ``name`` of the item (``firearm``, ``as_found``, …); empty if it is absent."""
        value: Mapping[str, Any] = self.facts.get(name, {})
        return value

    def coded(self, fact: str) -> Coded | None:
        """``make``, ``type``, ``caliber``, ``country``, ``importer`` … from the blocks of its kind; None if not stated.

        A plain word of a closed list (a part's ``type``) and a plain text come back as text.
        """
        for name in sorted(FACT_BLOCKS[self.kind]):
            value = self.block(name).get(fact)
            if isinstance(value, str):
                return Coded(value, None)
            if isinstance(value, Mapping):
                return Coded(value.get("text"), value.get("code"))
        return None


@dataclass(frozen=True)
class Package:
    """A bag or box and what is in it; ``seal`` is None while it is not sealed."""

    id: UUID
    label: str
    kind: PackageKind
    seal: str | None
    item_ids: tuple[UUID, ...]
    facts: Mapping[str, Any] = field(repr=False)


def parse_item(raw: Mapping[str, Any]) -> Item:
    """An item that fits its schema."""
    make_safe = raw.get("make_safe")
    return Item(
        id=UUID(raw["id"]),
        number=raw["number"],
        kind=ItemKind(raw["kind"]),
        quantity=Quantity(raw["quantity"]["n"], raw["quantity"]["exact"]),
        found_in=UUID(raw["found_in"]) if raw["found_in"] else None,
        requests=tuple(raw["requests"]),
        serial=_parse_serial(raw["serial"]) if "serial" in raw else None,
        make_safe=MakeSafeState(make_safe["state"]) if make_safe else None,
        facts=raw,
    )


def _parse_serial(raw: Mapping[str, Any]) -> Serial:
    return Serial(
        status=SerialStatus(raw["status"]),
        text=raw.get("text"),
        where=SerialWhere(raw.get("where", SerialWhere.FRAME)),  # the phone's default, field app section 3
        readings=tuple(raw.get("readings", ())),
    )


def parse_package(raw: Mapping[str, Any]) -> Package:
    """A package that fits its schema."""
    return Package(
        id=UUID(raw["id"]),
        label=raw["label"],
        kind=PackageKind(raw["kind"]),
        seal=raw["seal"],
        item_ids=tuple(UUID(item_id) for item_id in raw["item_ids"]),
        facts=raw,
    )
