"""Amendments: what one may name and change in its line (protocol, section 4)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from evidence.domain.kinds import ReplyAnswer
from evidence.domain.manifest import Manifest
from evidence.domain.problem import Problem, ProblemCode


@dataclass(frozen=True)
class Line:
    """What a line of manifests has named so far.

    ``media`` are all files of the line: id to (hash, size in bytes). ``numbers`` are the head's items: id to number.
    """

    scene_id: UUID
    media: Mapping[UUID, tuple[str, int]]
    numbers: Mapping[UUID, str]


def amendment_problems(manifest: Manifest, line: Line, *, elsewhere: Collection[UUID]) -> Iterator[Problem]:
    """What an amendment does to its line that it should not.

    ``elsewhere`` are those of its media ids that manifests of other lines name. A file is never taken from there:
    an amendment may name media of its own line only, and new ones.
    """
    for n, named in enumerate(manifest.media):
        before = line.media.get(named.id)
        if before is not None and before != (named.sha256, named.size):
            yield Problem(ProblemCode.MEDIA_CHANGED, f"/media/{n}/sha256")
        if before is None and named.id in elsewhere:
            yield Problem(ProblemCode.MEDIA_OF_OTHER_LINE, f"/media/{n}/id")
    for n, item in enumerate(manifest.items):
        if line.numbers.get(item.id, item.number) != item.number:
            yield Problem(ProblemCode.ITEM_RENUMBERED, f"/items/{n}/number")
    if not line.numbers.keys() <= {item.id for item in manifest.items}:
        yield Problem(ProblemCode.ITEM_DROPPED, "/items")
    if manifest.recovery.scene_id != line.scene_id:
        yield Problem(ProblemCode.SCENE_CHANGED, "/recovery/scene_id")


def reply_problems(manifest: Manifest) -> Iterator[Problem]:
    """A reply answers a return, so it stands in an amendment; an item that is gone has a holder."""
    reply = manifest.reply
    if reply is None:
        return
    if manifest.amends is None:
        yield Problem(ProblemCode.REPLY_WITHOUT_AMENDS, "/reply")
    if reply.answer is ReplyAnswer.ITEM_GONE and "holder" not in reply.facts:
        yield Problem(ProblemCode.REPLY_WITHOUT_HOLDER, "/reply")
    if reply.item_id is not None and reply.item_id not in {item.id for item in manifest.items}:
        yield Problem(ProblemCode.REPLY_UNKNOWN_ITEM, "/reply/item_id")
