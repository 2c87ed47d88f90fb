"""A capture in CASE/UCO JSON-LD, so that other tools can read the bundle (https://caseontology.org).

Node ids are UUIDv5 of what they describe: the same capture gives the same graph. ``hashMethod`` is the plain string
"SHA256". No person is named: actors are ids, as in the custody entries.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from evidence.domain.bundle.contents import OriginalLine
from evidence.domain.custody import Entry, instant

_ONTOLOGY = "https://ontology.unifiedcyberontology.org/uco"
CONTEXT = {
    "kb": "urn:casquillo:case:",
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "uco-action": f"{_ONTOLOGY}/action/",
    "uco-core": f"{_ONTOLOGY}/core/",
    "uco-identity": f"{_ONTOLOGY}/identity/",
    "uco-observable": f"{_ONTOLOGY}/observable/",
    "uco-types": f"{_ONTOLOGY}/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """An item with its number as on the marker, and the hashes of the files that show it."""

    number: str
    kind: str
    files: tuple[str, ...]


def describe(
    *,
    capture_id: UUID,
    folio: str,
    entries: Iterable[Entry],
    originals: Sequence[OriginalLine],
    exhibits: Iterable[Exhibit],
) -> dict[str, Any]:
    """The graph: an Investigation, a File a hash, a ProvenanceRecord an item, an InvestigativeAction an entry."""
    nodes = _Nodes(capture_id)
    files = {line.sha256: _file(nodes, line) for line in originals}
    records = [_record(nodes, exhibit) for exhibit in exhibits]
    acts: list[dict[str, Any]] = []
    identities: dict[UUID, dict[str, Any]] = {}
    for entry in entries:
        identities.setdefault(entry.actor.id, _identity(nodes, entry))
        acts.append(_act(nodes, entry))
    members = [*files.values(), *records, *identities.values(), *acts]
    investigation = {
        "@id": nodes.id("investigation", str(capture_id)),
        "@type": "case-investigation:Investigation",
        "uco-core:name": folio,
        "uco-core:object": [{"@id": one["@id"]} for one in members],
    }
    return {"@context": dict(CONTEXT), "@graph": [investigation, *members]}


class _Nodes:
    """Names nodes within one capture."""

    def __init__(self, capture_id: UUID) -> None:
        self._capture_id = capture_id

    def id(self, kind: str, what: str) -> str:
        return f"kb:{kind}-{uuid5(self._capture_id, f'{kind}/{what}')}"


def _file(nodes: _Nodes, line: OriginalLine) -> dict[str, Any]:
    return {
        "@id": nodes.id("file", line.sha256),
        "@type": "uco-observable:File",
        "uco-core:hasFacet": [
            {
                "@id": nodes.id("file-facet", line.sha256),
                "@type": "uco-observable:FileFacet",
                "uco-observable:fileName": (line.path or str(line.media_id)).rsplit("/", 1)[-1],
                "uco-observable:sizeInBytes": _typed("integer", str(line.size)),
            },
            {
                "@id": nodes.id("content-facet", line.sha256),
                "@type": "uco-observable:ContentDataFacet",
                "uco-observable:mimeType": line.content_type,
                "uco-observable:hash": [
                    {
                        "@id": nodes.id("hash", line.sha256),
                        "@type": "uco-types:Hash",
                        "uco-types:hashMethod": "SHA256",
                        "uco-types:hashValue": _typed("hexBinary", line.sha256.upper()),
                    }
                ],
            },
        ],
    }


def _record(nodes: _Nodes, exhibit: Exhibit) -> dict[str, Any]:
    record: dict[str, Any] = {
        "@id": nodes.id("exhibit", exhibit.number),
        "@type": "case-investigation:ProvenanceRecord",
        "case-investigation:exhibitNumber": exhibit.number,
        "uco-core:name": exhibit.kind,
    }
    if exhibit.files:
        record["uco-core:object"] = [{"@id": nodes.id("file", sha256)} for sha256 in exhibit.files]
    return record


def _identity(nodes: _Nodes, entry: Entry) -> dict[str, Any]:
    """A person is an identity; a machine or the service itself is one too, by what the entry says of it."""
    return {
        "@id": nodes.id("actor", str(entry.actor.id)),
        "@type": "uco-identity:Identity",
        "uco-core:name": f"{entry.actor.type} {entry.actor.id}",
    }


def _act(nodes: _Nodes, entry: Entry) -> dict[str, Any]:
    return {
        "@id": nodes.id("act", str(entry.entry_id)),
        "@type": "case-investigation:InvestigativeAction",
        "uco-core:name": entry.kind,
        "uco-core:description": f"custody entry {entry.seq}, SHA-256 {entry.sha256()}",
        "uco-action:startTime": _typed("dateTime", instant(entry.at)),
        "uco-action:endTime": _typed("dateTime", instant(entry.at)),
        "uco-action:performer": {"@id": nodes.id("actor", str(entry.actor.id))},
    }


def _typed(kind: str, value: str) -> dict[str, str]:
    return {"@type": f"xsd:{kind}", "@value": value}
