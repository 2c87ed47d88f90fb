"""Items on paper: one line a thing, like ones that follow each other as a range."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evidence.domain.facts import Origin, Stated
from evidence.domain.kinds import GUNS, ItemKind, LabelCondition, SerialStatus
from evidence.domain.prints.words import NOT_APPLICABLE, follows, quantity, text_of, word

ADDED = " †"
ADDED_NOTE = "† Dato agregado después de la firma por otra persona; el valor firmado se conserva en la captura."

Facts = Mapping[str, Stated]


@dataclass(frozen=True)
class ItemLine:
    """What a table says of one item or of a range. ``count`` is None once an estimate is among them."""

    number: str
    kind: str
    quantity: str
    description: str
    place: str
    collected: str
    count: int | None = None
    last: str = ""

    @property
    def numbers(self) -> str:
        """``1`` or ``2 a 6``."""
        if not self.last or self.last == self.number:
            return self.number
        return f"{self.number}{', ' if follows(self.number, self.last) else ' a '}{self.last}"


def line_of(item: Mapping[str, Any], facts: Facts, *, collected: str = "") -> ItemLine:
    """One item as the Registro's part 1 and a receipt name it."""
    amount = item.get("quantity") or {"n": 1, "exact": True}
    return ItemLine(
        number=item["number"],
        kind=kind_of(item),
        quantity=quantity(amount),
        description=describe(item, facts),
        place=item.get("found_at") or "",
        collected=collected,
        count=amount["n"] if amount.get("exact", True) else None,
    )


def merged(lines: Sequence[ItemLine]) -> list[ItemLine]:
    """Lines that say the same of items whose numbers follow each other become one, with their sum."""
    found: list[ItemLine] = []
    for line in lines:
        former = found[-1] if found else None
        if former and _alike(former, line) and follows(former.last or former.number, line.number):
            count = (former.count or 0) + (line.count or 0)
            found[-1] = replace(former, last=line.number, count=count, quantity=str(count))
        else:
            found.append(line)
    return found


def _alike(one: ItemLine, other: ItemLine) -> bool:
    said = (one.kind, one.description, one.place, one.collected)
    return (
        one.count is not None
        and other.count is not None
        and said
        == (
            other.kind,
            other.description,
            other.place,
            other.collected,
        )
    )


def kind_of(item: Mapping[str, Any]) -> str:
    return word("kind", item["kind"])


def describe(item: Mapping[str, Any], facts: Facts) -> str:
    """Everything that identifies the thing, in one sentence: make, model, caliber, serial, then how it was found."""
    parts = [*_DESCRIBED[ItemKind(item["kind"])](facts), *_serial(facts), _text(item.get("description"))]
    parts += [f"hallado en el indicio {item['found_in_number']}" if item.get("found_in_number") else ""]
    if item["kind"] in GUNS:
        parts.append(as_found(item))
    else:
        parts.append(_text(item.get("condition")))
    return "; ".join(filter(None, parts))


def _said(facts: Facts, name: str, label: str = "") -> str:
    stated = facts.get(name)
    if stated is None or stated.value in (None, "", [], "unknown"):
        return ""
    mark = ADDED if stated.origin is Origin.SUPPLEMENT else ""
    return f"{label}{text_of(stated.value)}{mark}"


def _word(facts: Facts, name: str, of: str) -> str:
    stated = facts.get(name)
    return word(of, stated.value) if stated and isinstance(stated.value, str) else ""


def _firearm(facts: Facts) -> list[str]:
    return [
        _said(facts, "firearm.type") or _word(facts, "firearm.form", "form"),
        _said(facts, "firearm.make"),
        _said(facts, "firearm.model", "modelo "),
        _said(facts, "firearm.caliber", "calibre "),
        _said(facts, "firearm.country", "origen "),
        _said(facts, "firearm.importer", "importador "),
        _said(facts, "firearm.colour", "color "),
        _said(facts, "firearm.finish", "acabado "),
        _said(facts, "firearm.markings", "marcas: "),
        _said(facts, "firearm.accessories", "accesorios: "),
        "con dispositivo de conversión a ráfaga" if _yes(facts, "firearm.conversion_device") else "",
    ]


def _pmf(facts: Facts) -> list[str]:
    made = [_word(facts, "pmf.type", "pmf"), _word(facts, "pmf.how_made", "how_made")]
    return [
        *made,
        _said(facts, "pmf.material", "material "),
        _said(facts, "pmf.kit_maker", "kit "),
        *_firearm(facts)[1:],
    ]


def _part(facts: Facts) -> list[str]:
    return [
        _word(facts, "part.type", "part"),
        *(_said(facts, f"part.{name}", label) for name, label in (("make", ""), ("model", "modelo "))),
        *(_said(facts, f"part.{name}", label) for name, label in (("caliber", "calibre "), ("colour", "color "))),
    ]


def _round(block: str) -> Callable[[Facts], list[str]]:
    def described(facts: Facts) -> list[str]:
        return [
            _said(facts, f"{block}.caliber", "calibre "),
            _said(facts, f"{block}.brand", "marca "),
            _said(facts, f"{block}.headstamp", "leyenda "),
        ]

    return described


def _bullet(facts: Facts) -> list[str]:
    return [_said(facts, "bullet.caliber", "calibre "), _word(facts, "bullet.condition", "bullet")]


def _magazine(facts: Facts) -> list[str]:
    return [
        _said(facts, "magazine.make"),
        _said(facts, "magazine.model", "modelo "),
        _said(facts, "magazine.caliber", "calibre "),
        _said(facts, "magazine.capacity", "capacidad "),
        _said(facts, "magazine.rounds", "cartuchos dentro: "),
    ]


def _explosive(facts: Facts) -> list[str]:
    return [_word(facts, "explosive.type", "explosive"), "no se manipula: especialistas"]


_DESCRIBED: Mapping[ItemKind, Callable[[Facts], list[str]]] = {
    ItemKind.FIREARM: _firearm,
    ItemKind.PMF: _pmf,
    ItemKind.PART: _part,
    ItemKind.CARTRIDGE_CASE: _round("cartridge_case"),
    ItemKind.CARTRIDGE: _round("cartridge"),
    ItemKind.BULLET: _bullet,
    ItemKind.MAGAZINE: _magazine,
    ItemKind.EXPLOSIVE: _explosive,
    ItemKind.OTHER: lambda _facts: [],
}


def _serial(facts: Facts) -> list[str]:
    status = facts.get("serial.status")
    if status is None or not isinstance(status.value, str):
        return []
    where = _word(facts, "serial.where", "where")
    said = word("serial", status.value).lower()
    text = _said(facts, "serial.text")
    if text:
        return [f"serie {text} ({', '.join(filter(None, (said, where)))})"]
    return [f"serie: {said}"] if status.value != SerialStatus.LEGIBLE else []


def _yes(facts: Facts, name: str) -> bool:
    return name in facts and facts[name].value == "yes"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


_HAS = {
    "magazine_in": {"yes": "con cargador puesto", "no": "sin cargador puesto"},
    "chambered": {"yes": "con cartucho en la recámara", "no": "sin cartucho en la recámara"},
}


def as_found(item: Mapping[str, Any]) -> str:
    """The state before anybody touched it, and the statement about making safe: never a claim that it is safe."""
    found, safe = item.get("as_found") or {}, item.get("make_safe") or {}
    said = [words.get(found.get(name, ""), "") for name, words in _HAS.items()]
    said += [word(of, found[of]) for of in ("hammer", "safety", "action") if found.get(of, "unknown") != "unknown"]
    said.append(_text(found.get("note")))
    state = ", ".join(filter(None, said))
    handled = word("make_safe", safe.get("state")).lower()
    parts = [f"como se encontró: {state}" if state else "", handled, f"estado declarado: {condition(item)}"]
    return "; ".join(filter(None, parts))


def condition(item: Mapping[str, Any]) -> str:
    """CARGADA, DESCARGADA or NO VERIFICADA: what was declared; without a declaration nobody verified."""
    declared = (item.get("make_safe") or {}).get("condition") or LabelCondition.NOT_VERIFIED.value
    return word("condition", declared)


def condition_of_package(package: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> str:
    """The banner of a package: what its label was said to declare, else what was declared of the gun in it."""
    guns = [one for one in items if one["id"] in package["item_ids"] and one["kind"] in GUNS]
    if package.get("condition"):
        return word("condition", package["condition"])
    if not guns:
        return NOT_APPLICABLE
    declared = {condition(one) for one in guns}
    return declared.pop() if len(declared) == 1 else word("condition", LabelCondition.NOT_VERIFIED.value)
