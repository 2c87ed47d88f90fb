"""Problems of what names what in a manifest, and of its files."""

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from evidence.domain.kinds import FROM_AFAR, ItemKind, Source, View
from evidence.domain.manifest import Manifest
from evidence.domain.problem import Context, Problem, ProblemCode

_PAPER_VIEWS = frozenset({View.PAPER_FORM, View.SKETCH})


def link_problems(manifest: Manifest, context: Context) -> Iterator[Problem]:
    yield from _emptiness(manifest)
    yield from _packages(manifest)
    yield from _found_in(manifest)
    yield from _media_links(manifest)
    yield from _media_files(manifest, context)
    yield from _paper(manifest)


def _emptiness(manifest: Manifest) -> Iterator[Problem]:
    if not manifest.items:
        yield Problem(ProblemCode.NO_ITEMS, "/items")
    if not manifest.media and "no_media" not in manifest.raw:
        yield Problem(ProblemCode.NO_MEDIA_NO_REASON, "/media")
    numbers = Counter(item.number for item in manifest.items)
    for n, item in enumerate(manifest.items):
        if numbers[item.number] > 1:
            yield Problem(ProblemCode.DUPLICATE_NUMBER, f"/items/{n}/number")


def _packages(manifest: Manifest) -> Iterator[Problem]:
    known = {item.id for item in manifest.items}
    packed: set[UUID] = set()
    seals: set[str] = set()
    for n, package in enumerate(manifest.packages):
        for k, item_id in enumerate(package.item_ids):
            if item_id not in known:
                yield Problem(ProblemCode.PACKAGE_UNKNOWN_ITEM, f"/packages/{n}/item_ids/{k}")
            elif item_id in packed:
                yield Problem(ProblemCode.ITEM_IN_TWO_PACKAGES, f"/packages/{n}/item_ids/{k}")
        packed.update(package.item_ids)
        if package.seal is not None and package.seal in seals:
            yield Problem(ProblemCode.SEAL_TWICE, f"/packages/{n}/seal")
        seals.add(package.seal or "")


def _found_in(manifest: Manifest) -> Iterator[Problem]:
    holders = {item.id: item.found_in for item in manifest.items}
    for n, item in enumerate(manifest.items):
        if item.found_in is None:
            continue
        if item.found_in not in holders:
            yield Problem(ProblemCode.FOUND_IN_UNKNOWN, f"/items/{n}/found_in")
        elif _is_in_itself(item.id, holders):
            yield Problem(ProblemCode.FOUND_IN_CYCLE, f"/items/{n}/found_in")


def _is_in_itself(item_id: UUID, holders: dict[UUID, UUID | None]) -> bool:
    """Follows the holders upwards; as many steps as there are items are enough."""
    holder = holders.get(item_id)
    for _ in holders:
        if holder is None or holder == item_id:
            break
        holder = holders.get(holder)
    return holder == item_id


def _media_links(manifest: Manifest) -> Iterator[Problem]:
    kinds = {item.id: item.kind for item in manifest.items}
    packages = {package.id for package in manifest.packages}
    hashes: set[str] = set()
    for n, line in enumerate(manifest.media):
        for k, item_id in enumerate(line.item_ids):
            if item_id not in kinds:
                yield Problem(ProblemCode.MEDIA_UNKNOWN_ITEM, f"/media/{n}/item_ids/{k}")
            elif kinds[item_id] is ItemKind.EXPLOSIVE and line.view not in FROM_AFAR:
                yield Problem(ProblemCode.EXPLOSIVE_GUIDED_PHOTOS, f"/media/{n}/view")
        if line.package_id is not None and line.package_id not in packages:
            yield Problem(ProblemCode.MEDIA_UNKNOWN_PACKAGE, f"/media/{n}/package_id")
        if line.sha256 in hashes:
            yield Problem(ProblemCode.MEDIA_SAME_BYTES, f"/media/{n}/sha256")
        hashes.add(line.sha256)


def _media_files(manifest: Manifest, context: Context) -> Iterator[Problem]:
    for n, line in enumerate(manifest.media):
        if line.size > context.max_media_bytes:
            yield Problem(ProblemCode.MEDIA_TOO_LARGE, f"/media/{n}/size")
        if line.size == 0:
            yield Problem(ProblemCode.MEDIA_EMPTY, f"/media/{n}/size")
        if line.content_type not in context.content_types:
            yield Problem(ProblemCode.CONTENT_TYPE_UNSUPPORTED, f"/media/{n}/content_type")
        if line.source is Source.GALLERY and not context.gallery_allowed:
            yield Problem(ProblemCode.GALLERY_FORBIDDEN, f"/media/{n}/source")
        elif line.source in {Source.GALLERY, Source.CANVAS}:
            yield Problem(ProblemCode.SOURCE_WEAK, f"/media/{n}/source")


def _paper(manifest: Manifest) -> Iterator[Problem]:
    """A capture typed from paper says so, and shows the paper; it is never disguised as one at the scene."""
    if manifest.deferred is None:
        for n, line in enumerate(manifest.media):
            if line.source is Source.PAPER and line.view not in _PAPER_VIEWS:
                yield Problem(ProblemCode.PAPER_NOT_DEFERRED, f"/media/{n}/source")
        return
    if not any(line.view is View.PAPER_FORM for line in manifest.media):
        yield Problem(ProblemCode.DEFERRED_WITHOUT_PAPER, "/deferred")
    if manifest.position is not None:
        yield Problem(ProblemCode.DEFERRED_WITH_POSITION, "/position")
