"""Views: which photos the phone asks for of which thing, and which destination can't do without them.

The table of the field app, section 2, is data. What an agency asks for beyond it is the agency's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from evidence.domain.codes import read_data
from evidence.domain.facts import MediaView, Stated, Subject, value_of
from evidence.domain.kinds import FirearmForm, ItemKind, View
from evidence.domain.worksheet import Destination, needs_importer


@dataclass(frozen=True, slots=True)
class ViewRule:
    """One view. ``ask``: group of things → ``R`` asked for, ``r`` recommended; ``when`` asks because of a fact.

    ``etrace`` and ``ballistics``: ``yes``, ``no``, ``helps``, or a condition. ``per``: how far one photo reaches.
    """

    view: View
    label_es: str
    label_en: str
    ask: Mapping[str, str]
    etrace: str
    ballistics: str
    per: str
    scale: bool = False
    counts_as: tuple[View, ...] = ()
    when: tuple[Mapping[str, Any], ...] = ()


def _rules() -> tuple[ViewRule, ...]:
    rules = []
    for row in read_data("views")["views"]:
        members: dict[str, Any] = {**row, "view": View(row["view"]), "when": tuple(row.get("when", ()))}
        members["counts_as"] = tuple(View(also) for also in row.get("counts_as", ()))
        rules.append(ViewRule(**members))
    return tuple(rules)


VIEWS: tuple[ViewRule, ...] = _rules()

_GROUPS: Mapping[ItemKind, str] = MappingProxyType(
    {
        ItemKind.FIREARM: "handgun",
        ItemKind.PMF: "pmf",
        ItemKind.PART: "part",
        ItemKind.CARTRIDGE_CASE: "cartridge_case",
        ItemKind.CARTRIDGE: "cartridge",
        ItemKind.BULLET: "bullet",
        ItemKind.MAGAZINE: "magazine",
    }
)
_SHOWS = frozenset({"expected", "received", "verifying", "secured"})
"""Media that arrived whole or may still arrive: what is lost, withheld, damaged or quarantined shows nothing."""


def group_of(facts: Mapping[str, Stated]) -> str:
    """The column of the table that a thing stands in; empty for what no photos are asked of."""
    kind = value_of(facts, "item.kind")
    long_gun = kind == ItemKind.FIREARM and value_of(facts, "firearm.form") == FirearmForm.LONG_GUN
    return "long_gun" if long_gun else _GROUPS.get(kind, "")


def asked_views(facts: Mapping[str, Stated]) -> dict[View, bool]:
    """The views asked for of this thing, in order; true where skipping one wants a reason."""
    group = group_of(facts)
    found: dict[View, bool] = {}
    for rule in VIEWS:
        if group in rule.ask:
            because = any(value_of(facts, one["fact"]) in one["is"] for one in rule.when)
            found[rule.view] = because or rule.ask[group] == "R"
    return found


def needed_views(destination: Destination, facts: Mapping[str, Stated]) -> dict[View, bool]:
    """The asked views that this destination uses; true where it can't do without.

    A view that an earlier one may serve (one photo of maker, model and caliber) is not asked for twice.
    """
    asked = asked_views(facts)
    holds = {
        "yes": True,
        "if_not_us": needs_importer(facts),
        "if_seen": value_of(facts, "firearm.official_mark") == "yes",
    }
    found: dict[View, bool] = {}
    served: set[View] = set()
    for rule in VIEWS:
        need = {Destination.ETRACE: rule.etrace, Destination.BALLISTICS: rule.ballistics}.get(destination, "no")
        if rule.view in asked and rule.view not in served and (need == "helps" or holds.get(need)):
            found[rule.view] = asked[rule.view] and need != "helps"
            served |= set(rule.counts_as)
    return found


def naming(subject: Subject, view: View) -> tuple[MediaView, ...]:
    """The media meant to show this view of the item, or of the package that it is in, whatever became of them.

    A photo of closed packages that names neither package nor items stands for all of them.
    """
    item_id = subject.item["id"]
    packages = {one["id"] for one in subject.packages if item_id in one["item_ids"]}
    serving = {view} | {rule.view for rule in VIEWS if view in rule.counts_as}
    found = []
    for media in subject.media:
        of_all = not media.item_ids and media.package_id is None
        of_package = media.view == View.PACKAGE_SEALED and (media.package_id in packages or of_all)
        if media.view in serving and (item_id in media.item_ids or of_package):
            found.append(media)
    return tuple(found)


def showing(subject: Subject, view: View) -> tuple[str, ...]:
    """Ids of the media that show this view, or may still: those that arrived whole or are expected."""
    return tuple(media.id for media in naming(subject, view) if media.state in _SHOWS)
