"""Problems of time and position. The phone's clock never decides validity: what is odd is named, no more."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from evidence.domain.kinds import Source
from evidence.domain.manifest import Manifest
from evidence.domain.problem import Context, Problem, ProblemCode

CLOCK_TOLERANCE = timedelta(minutes=5)
SIGNING_TOLERANCE = timedelta(minutes=1)
POSITION_AGE = timedelta(minutes=10)
POSITION_RADIUS_M = 200
MEDIA_SPREAD = timedelta(minutes=30)
_AT_THE_SCENE = frozenset({Source.CAMERA, Source.PAGE, Source.CANVAS})


def time_problems(manifest: Manifest, context: Context) -> Iterator[Problem]:
    yield from _clock(manifest, context)
    yield from _position(manifest)
    yield from _media(manifest)
    if context.zones is not None and manifest.zone not in context.zones:
        yield Problem(ProblemCode.UNKNOWN_ZONE, "/zone")


def corrected(manifest: Manifest) -> datetime | None:
    """When it was signed by the server's clock, as far as the phone had measured it; None if unknown."""
    offset = manifest.heading.clock.server_offset_ms
    if offset is None:
        return None
    try:
        return manifest.captured_at + timedelta(milliseconds=offset)
    except OverflowError:  # an offset of millennia says nothing
        return None


def _clock(manifest: Manifest, context: Context) -> Iterator[Problem]:
    signed_at = corrected(manifest)
    if signed_at is None:
        yield Problem(ProblemCode.CLOCK_UNKNOWN, "/clock/server_offset_ms")
    elif abs(signed_at - manifest.captured_at) > CLOCK_TOLERANCE:
        yield Problem(ProblemCode.CLOCK_OFF, "/clock/server_offset_ms")
    if (signed_at or manifest.captured_at) - context.received_at > CLOCK_TOLERANCE:
        yield Problem(ProblemCode.CAPTURED_AFTER_RECEIVED, "/captured_at")
    # Whose clock the officer's answer follows is unknown: it is wrong only when it is later by both.
    latest = max(manifest.captured_at, signed_at or manifest.captured_at)
    recovered_at = manifest.recovery.recovered_at
    if recovered_at is not None and recovered_at - latest > CLOCK_TOLERANCE:
        yield Problem(ProblemCode.RECOVERED_AFTER_CAPTURED, "/recovery/recovered_at")


def _position(manifest: Manifest) -> Iterator[Problem]:
    position = manifest.position
    if position is None:
        if "no_position" not in manifest.recovery.facts and manifest.deferred is None:
            yield Problem(ProblemCode.NO_POSITION, "/position")
        return
    if abs(Decimal(position.lat)) > 90 or abs(Decimal(position.lon)) > 180:
        yield Problem(ProblemCode.POSITION_OUT_OF_RANGE, "/position")
    if position.accuracy_m > POSITION_RADIUS_M:
        yield Problem(ProblemCode.POSITION_COARSE, "/position/accuracy_m")
    age = manifest.captured_at - position.fixed_at
    if age > POSITION_AGE:
        yield Problem(ProblemCode.POSITION_OLD, "/position/fixed_at")
    if -age > SIGNING_TOLERANCE:
        yield Problem(ProblemCode.POSITION_AFTER_SIGNING, "/position/fixed_at")


def _media(manifest: Manifest) -> Iterator[Problem]:
    recovered_at = manifest.recovery.recovered_at
    taken: list[datetime] = []
    for n, line in enumerate(manifest.media):
        if line.captured_at is None or line.source not in _AT_THE_SCENE:
            continue
        taken.append(line.captured_at)
        if line.captured_at - manifest.captured_at > SIGNING_TOLERANCE:
            yield Problem(ProblemCode.MEDIA_AFTER_SIGNING, f"/media/{n}/captured_at")
        if recovered_at is not None and recovered_at - line.captured_at > CLOCK_TOLERANCE:
            yield Problem(ProblemCode.MEDIA_BEFORE_RECOVERY, f"/media/{n}/captured_at")
    # An amendment brings photos of another day by nature.
    if taken and manifest.amends is None and max(taken) - min(taken) > MEDIA_SPREAD:
        yield Problem(ProblemCode.MEDIA_SPREAD, "/media")
