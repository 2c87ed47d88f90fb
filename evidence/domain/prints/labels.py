"""Labels for packages, sheets of blank labels, and scale cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.domain.kinds import LabelCondition
from evidence.domain.prints import items as things
from evidence.domain.prints.people import People
from evidence.domain.prints.sheet import Document, Label, Labels, ScaleCards, What
from evidence.domain.prints.words import both, moment, ranges, ticked, word

PER_COLUMN = 3
BLANK_PER_COLUMN = 5


@dataclass(frozen=True, kw_only=True)
class Print:
    """What every sheet says of itself."""

    institution: str
    printed_by: str
    printed_at: datetime
    zone: str


def of_packages(
    payload: Mapping[str, Any], *, folio: str, people: People, about: Print, only: str | None = None
) -> Document:
    """A label for each package of a manifest, or for the one whose id is ``only``."""
    chosen = [one for one in payload["packages"] if only in (None, one["id"])]
    return Document(
        what=What.PACKAGE_LABEL,
        title="ETIQUETA DE EMPAQUE",
        institution=about.institution,
        folio=folio,
        printed_by=about.printed_by,
        printed_at=about.printed_at,
        zone=about.zone,
        bare=True,
        blocks=(Labels([_label(payload, one, folio, people) for one in chosen], PER_COLUMN),),
    )


def _label(payload: Mapping[str, Any], package: Mapping[str, Any], folio: str, people: People) -> Label:
    items = [one for one in payload["items"] if one["id"] in package["item_ids"]]
    recovery, zone = payload["recovery"], payload["zone"]
    collected = next((one["collection"].get("by") for one in items if one.get("collection")), None)
    counts: dict[str, list[str]] = {}
    for one in items:
        counts.setdefault(things.kind_of(one), []).append(one["number"])
    contents = "; ".join(f"{kind} ({ranges(numbers)})" for kind, numbers in counts.items())
    lines = (
        ("Indicio(s)", ranges(one["number"] for one in items)),
        ("Contenido", contents),
        ("Empaque y sello", f"{package['label']} · {package.get('seal') or 'sin sello'}"),
        ("Fecha y hora", both(moment(package.get("sealed_at") or payload["captured_at"]), zone)),
        ("Lugar", recovery.get("place") or ""),
        ("Punto exacto", recovery.get("exact_spot") or ""),
        ("Recolectó", people.short(collected)),
        ("Embaló", people.short(package.get("sealed_by") or {"id": payload["officer_id"]})),
        ("Observaciones", package.get("note") or ""),
    )
    return Label(folio, folio, things.condition_of_package(package, payload["items"]), lines)


@dataclass(frozen=True, kw_only=True)
class Resealed:
    """A package as its holder closed it again: the new seal, what is in it, the former seal inside."""

    seal: str
    former: str
    package: str
    at: datetime
    place: str
    note: str
    items: Sequence[Mapping[str, Any]]


def of_resealing(event: Resealed, *, folio: str, about: Print) -> Document:
    """The label of a package that was closed again, for whoever has it."""
    counts: dict[str, list[str]] = {}
    for one in event.items:
        counts.setdefault(things.kind_of(one), []).append(one["number"])
    lines = (
        ("Indicio(s)", ranges(one["number"] for one in event.items)),
        ("Contenido", "; ".join(f"{kind} ({ranges(numbers)})" for kind, numbers in counts.items())),
        ("Empaque", event.package),
        ("Sello nuevo", event.seal),
        ("Sello anterior", f"{event.former} (dentro del empaque)" if event.former else ""),
        ("Fecha y hora", both(event.at, about.zone)),
        ("Lugar", event.place),
        ("Cerró", about.institution),
        ("Observaciones", event.note),
    )
    label = Label(folio, folio, "SELLADO OTRA VEZ", lines)
    return Document(
        what=What.PACKAGE_LABEL,
        title="ETIQUETA DE EMPAQUE",
        institution=about.institution,
        folio=folio,
        printed_by=about.printed_by,
        printed_at=about.printed_at,
        zone=about.zone,
        bare=True,
        blocks=(Labels([label], PER_COLUMN),),
    )


def blank(codes: Sequence[str], *, about: Print) -> Document:
    """A sheet of labels to be filled in by hand; each code is new, and sayable like a folio."""
    choices = ticked((word("condition", one.value), False) for one in LabelCondition)
    lines = (("Indicio(s)", ""), ("Fecha y hora", ""), ("Lugar", ""), ("Recolectó y embaló", ""))
    made = [Label(code, code, choices, lines, to_write=True) for code in codes]
    return Document(
        what=What.BLANK_LABELS,
        title="ETIQUETAS EN BLANCO",
        institution=about.institution,
        folio="",
        printed_by=about.printed_by,
        printed_at=about.printed_at,
        zone=about.zone,
        bare=True,
        blocks=(Labels(made, BLANK_PER_COLUMN),),
    )


def scale_cards(*, code: str, about: Print) -> Document:
    """Cards for the photos: nobody should lay down an identity card as a scale. ``code`` is the organisation's."""
    return Document(
        what=What.SCALE_CARDS,
        title="TARJETAS DE ESCALA",
        institution=about.institution,
        folio="",
        printed_by=about.printed_by,
        printed_at=about.printed_at,
        zone=about.zone,
        bare=True,
        blocks=(ScaleCards(about.institution, code),),
    )
