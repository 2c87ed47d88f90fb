"""Court bundles: asking for one, and handing it out (protocol, section 10). ``bundle_making`` fills it."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import prosecuting
from evidence.actions.log import noting
from evidence.actions.ports import Services
from evidence.actions.store_ports import MediaStore, ObjectRef
from evidence.domain.bundle.profiles import Profile
from evidence.domain.callers import PersonCaller
from evidence.domain.custody import Chain
from evidence.domain.errors import conflict, not_found
from evidence.domain.ids import folio
from evidence.records.bundles import Bundle, bundles_of
from evidence.records.captures import Capture

DOWNLOAD_SECONDS = 60


def request(
    session: Session,
    services: Services,
    *,
    caller: PersonCaller,
    capture_id: UUID,
    profile: Profile,
    reason: str,
    order: str | None,
) -> Bundle:
    """Queues a bundle of the capture's whole line; 404 for what is not the caller's agency's."""
    root = _root(session, caller, capture_id)
    bundle = Bundle(
        id=services.entropy.uuid7(),
        root_id=root.id,
        agency_id=root.agency_id,
        profile=profile.value,
        reason=reason,
        order_number=order,
        requested_by=caller.person_id,
        requested_at=services.clock.now(),
        state="due",
    )
    session.add(bundle)
    details = {"bundle_id": str(bundle.id), "profile": profile.value, "reason": reason}
    if order is not None:
        details["order"] = order
    custody.append(session, services, [_act("bundle.requested", caller, bundle, details)])
    services.jobs.enqueue(session, "make_bundle", queue="previews", bundle_id=str(bundle.id))
    return bundle


def listed(session: Session, *, caller: PersonCaller, capture_id: UUID) -> list[Bundle]:
    """The bundles of a capture's line, newest first."""
    return bundles_of(session, _root(session, caller, capture_id).id)


def read(session: Session, *, caller: PersonCaller, bundle_id: UUID) -> Bundle:
    bundle = session.get(Bundle, bundle_id)
    if bundle is None or bundle.agency_id != caller.organisation_id:
        raise not_found()
    _root(session, caller, bundle.root_id)
    return bundle


def authorise_download(session: Session, services: Services, *, caller: PersonCaller, bundle_id: UUID) -> Bundle:
    """Notes who may fetch the zip from now; sign the URL only after the commit. 409 ``not_ready`` before it is.

    As every read does: who downloads waits for no chain's head, and each time is noted.
    """
    bundle = read(session, caller=caller, bundle_id=bundle_id)
    if bundle.state != "ready":
        raise conflict("not_ready", f"The bundle is {bundle.state}.")
    details = {"bundle_id": str(bundle.id), "sha256": bundle.sha256, "seconds": DOWNLOAD_SECONDS}
    act = _act("bundle.downloaded", caller, bundle, details)
    noting.note(session, services, caller=caller, act=act, purpose=None)
    return bundle


def sign(store: MediaStore, bundle: Bundle) -> str:
    """The URL, good for ``DOWNLOAD_SECONDS``."""
    ref = ObjectRef(bundle.bucket or "", bundle.object_key or "", "")
    return store.presign_read(ref, filename=filename_of(bundle), seconds=DOWNLOAD_SECONDS)


def filename_of(bundle: Bundle) -> str:
    """Says what it is to whoever finds it in a folder: the folio and the profile."""
    return f"casquillo-{folio(bundle.root_id)}-{bundle.profile}.zip"


def _root(session: Session, caller: PersonCaller, capture_id: UUID) -> Capture:
    capture = session.get(Capture, capture_id)
    root = session.get(Capture, capture.root_id) if capture is not None else None
    if root is None or root.agency_id != caller.organisation_id or not prosecuting.may_read(session, caller, root):
        raise not_found()
    return root


def _act(kind: str, caller: PersonCaller, bundle: Bundle, details: Mapping[str, object]) -> custody.Act:
    return custody.Act(
        kind,
        Chain("capture", bundle.root_id),
        bundle.agency_id,
        caller.actor(),
        details,
        root_id=bundle.root_id,
    )
