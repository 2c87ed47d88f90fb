"""How people stand on paper: by name where the reader may know it, by badge and post where not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evidence.domain.prints.words import STRUCK, word

WITHHELD = "Reservado"


@dataclass(frozen=True)
class Known:
    """A person with an account here; ``badge`` is the person's code in the organisation."""

    name: str
    badge: str
    institution: str


@dataclass(frozen=True)
class People:
    """The people that a print may speak of. Without ``names`` (a defence copy) only badge, post and institution stand.

    ``roles`` says in what role an actor of a custody entry is shown when the person is of another organisation.
    """

    known: Mapping[str, Known] = field(default_factory=dict)
    names: bool = True

    def name(self, stated: Mapping[str, Any] | None) -> str:
        """The name of a person as a manifest states it; an account's own data win over what was typed."""
        if not stated:
            return STRUCK
        known = self.known.get(str(stated.get("id")))
        if not self.names:
            return f"Placa {known.badge}" if known else WITHHELD
        return known.name if known else stated.get("name", STRUCK)

    def post(self, stated: Mapping[str, Any] | None) -> str:
        """Institution and post."""
        if not stated:
            return STRUCK
        known = self.known.get(str(stated.get("id")))
        institution = stated.get("institution") or (known.institution if known else None)
        badge = stated.get("post") or (f"placa {known.badge}" if known else None)
        return " · ".join(filter(None, (institution, badge)))

    def line(self, stated: Mapping[str, Any] | None) -> str:
        """Name, institution and post in one line."""
        return ", ".join(filter(None, (self.name(stated), self.post(stated))))

    def short(self, stated: Mapping[str, Any] | None) -> str:
        """Name and post, for a label."""
        if not stated:
            return STRUCK
        known = self.known.get(str(stated.get("id")))
        badge = stated.get("post") or (f"placa {known.badge}" if known and self.names else None)
        return ", ".join(filter(None, (self.name(stated), badge)))

    def actor(self, kind: str, actor_id: str, role: str | None) -> str:
        """Who stands in a custody entry: ``Supervisora S-201 (supervisión)``."""
        known = self.known.get(actor_id)
        who = self.name({"id": actor_id}) if known else ""
        said = word("role", role) if kind == "person" and role else word("actor", kind)
        return f"{who} ({said})" if who else said.capitalize()

    def free(self, text: str | None) -> str:
        """A text typed by somebody that may name people."""
        return (text or STRUCK) if self.names or not text else WITHHELD
