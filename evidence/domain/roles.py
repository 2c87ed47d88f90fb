"""Who may do what: roles of people, scopes of machine tokens, and the few verbs of a phone.

One table, asked by every route (each names its verb). Visibility is another question, answered first:
what you may not see does not exist.
"""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """The roles of protocol, section 2. None crosses organisations by itself."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    RECEIVER = "receiver"
    EXAMINER = "examiner"
    TRACE_ANALYST = "trace_analyst"
    PROSECUTOR = "prosecutor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Verb(StrEnum):
    """What a route lets its caller do."""

    OPEN = "open"  # no caller is needed: health, sign-in, a phone's challenge
    SESSION_KEEP = "session.keep"
    DEVICE_ENROL = "device.enrol"
    DEVICE_ADMIT = "device.admit"
    DEVICE_END = "device.end"
    DEVICE_LIST = "device.list"
    DEVICE_STATE = "device.state"
    CAPTURE_SEND = "capture.send"  # a phone its own; a person relays what another signed
    CAPTURE_READ = "capture.read"
    CAPTURE_SETTLE = "capture.settle"
    HELD_ADMIT = "held.admit"
    MEDIA_READ = "media.read"
    SUPPLEMENT_ADD = "supplement.add"
    READING_MAKE = "reading.make"
    DECISION_MAKE = "decision.make"
    INFORMATION_GIVE = "information.give"  # an answer to what a holder asked
    SUBMISSION_READ = "submission.read"
    SUBMISSION_WITHDRAW = "submission.withdraw"
    SUBMISSION_STEER = "submission.steer"  # reroute, put back
    ASSIGNMENT_MOVE = "assignment.move"
    QUEUE_READ = "queue.read"
    QUEUE_LEASE = "queue.lease"
    RESULT_WRITE = "result.write"
    RESULT_NOMINAL = "result.nominal"
    POSSESSOR_KEEP = "possessor.keep"  # parts VI to VIII of the trace form: write them, open them with a reason
    EVENT_WRITE = "event.write"
    ATTACHMENT_WRITE = "attachment.write"
    DUPLICATE_READ = "duplicate.read"
    DUPLICATE_ANSWER = "duplicate.answer"
    TRACE_READ_BACK = "trace.read_back"  # compare with the photo, acknowledge a correction
    NOTICE_READ = "notice.read"  # what laboratories told of leads and hits
    STATUS_READ = "status.read"
    CUSTODY_READ = "custody.read"
    RECEIPT_READ = "receipt.read"
    BUNDLE_MAKE = "bundle.make"
    PEOPLE_MANAGE = "people.manage"
    TOKEN_MANAGE = "token.manage"
    ROUTE_MANAGE = "route.manage"
    AGENCY_MANAGE = "agency.manage"  # what the organisation decides for itself
    RETENTION_MANAGE = "retention.manage"
    REPORT_READ = "report.read"  # counts of the own organisation, by reason and unit
    HEALTH_READ = "health.read"  # incidents and the state of the service
    RESERVE_MAKE = "reserve.make"  # seal a capture from other eyes, and open it again
    AUDIT_READ = "audit.read"  # who did and looked at what, without what it was about
    AGREEMENT_READ = "agreement.read"  # what was agreed with other organisations, and what they share
    AGREEMENT_MANAGE = "agreement.manage"


_EVIDENCE_READ = frozenset({Verb.CAPTURE_READ, Verb.MEDIA_READ, Verb.SUBMISSION_READ, Verb.CUSTODY_READ})
_EVERYONE = frozenset({Verb.SESSION_KEEP, Verb.STATUS_READ})
_QUEUE_WORK = frozenset(
    {
        Verb.QUEUE_READ,
        Verb.QUEUE_LEASE,
        Verb.RESULT_WRITE,
        Verb.EVENT_WRITE,
        Verb.ATTACHMENT_WRITE,
        Verb.MEDIA_READ,
        Verb.SUBMISSION_READ,
        Verb.CUSTODY_READ,
        Verb.SUPPLEMENT_ADD,
        Verb.DUPLICATE_READ,
    }
)

ROLE_VERBS: dict[Role, frozenset[Verb]] = {
    Role.OFFICER: _EVERYONE
    | _EVIDENCE_READ
    | {
        Verb.DEVICE_ENROL,
        Verb.DEVICE_STATE,
        Verb.EVENT_WRITE,
        Verb.READING_MAKE,
        Verb.CAPTURE_SEND,
        Verb.INFORMATION_GIVE,
        Verb.RECEIPT_READ,
    },
    Role.SUPERVISOR: _EVERYONE
    | _EVIDENCE_READ
    | {
        Verb.BUNDLE_MAKE,
        Verb.CAPTURE_SETTLE,
        Verb.SUPPLEMENT_ADD,
        Verb.READING_MAKE,
        Verb.DECISION_MAKE,
        Verb.INFORMATION_GIVE,
        Verb.SUBMISSION_WITHDRAW,
        Verb.SUBMISSION_STEER,
        Verb.EVENT_WRITE,
        Verb.DUPLICATE_READ,
        Verb.DUPLICATE_ANSWER,
        Verb.NOTICE_READ,
        Verb.DEVICE_LIST,
        Verb.DEVICE_STATE,
        Verb.RECEIPT_READ,
        Verb.CAPTURE_SEND,
        Verb.RESERVE_MAKE,
        Verb.REPORT_READ,
        Verb.AGREEMENT_READ,
    },
    Role.MANAGER: _EVERYONE | _QUEUE_WORK | {Verb.ASSIGNMENT_MOVE, Verb.REPORT_READ},
    Role.RECEIVER: _EVERYONE
    | {Verb.QUEUE_READ, Verb.EVENT_WRITE, Verb.ATTACHMENT_WRITE, Verb.SUBMISSION_READ, Verb.MEDIA_READ},
    Role.EXAMINER: _EVERYONE | _QUEUE_WORK | {Verb.READING_MAKE, Verb.DUPLICATE_ANSWER},
    Role.TRACE_ANALYST: _EVERYONE
    | _QUEUE_WORK
    | {Verb.READING_MAKE, Verb.DUPLICATE_ANSWER, Verb.RESULT_NOMINAL, Verb.POSSESSOR_KEEP, Verb.TRACE_READ_BACK},
    Role.PROSECUTOR: _EVERYONE
    | _EVIDENCE_READ
    | {Verb.BUNDLE_MAKE, Verb.SUPPLEMENT_ADD, Verb.RESULT_NOMINAL, Verb.POSSESSOR_KEEP, Verb.NOTICE_READ}
    | {Verb.ATTACHMENT_WRITE},  # the order's PDF
    Role.AUDITOR: _EVERYONE
    | {Verb.CUSTODY_READ, Verb.DEVICE_LIST, Verb.REPORT_READ, Verb.HEALTH_READ, Verb.AGREEMENT_READ, Verb.AUDIT_READ},
    Role.ADMINISTRATOR: _EVERYONE
    | {
        Verb.DEVICE_ADMIT,
        Verb.DEVICE_END,
        Verb.DEVICE_LIST,
        Verb.DEVICE_STATE,
        Verb.HELD_ADMIT,
        Verb.PEOPLE_MANAGE,
        Verb.TOKEN_MANAGE,
        Verb.ROUTE_MANAGE,
        Verb.AGENCY_MANAGE,
        Verb.RETENTION_MANAGE,
        Verb.HEALTH_READ,
        Verb.RESERVE_MAKE,
        Verb.REPORT_READ,
        Verb.AGREEMENT_READ,
        Verb.AGREEMENT_MANAGE,
    },
}

PHONE_VERBS = frozenset({Verb.CAPTURE_SEND, Verb.RECEIPT_READ, Verb.STATUS_READ, Verb.DEVICE_STATE})
"""Sending, the receipt and the officer's own status: nothing else is open to a phone without a session."""

GUEST_VERBS = frozenset(
    {
        Verb.CAPTURE_READ,
        Verb.MEDIA_READ,
        Verb.SUBMISSION_READ,
        Verb.DUPLICATE_READ,
        Verb.READING_MAKE,
        Verb.DECISION_MAKE,
    }
)
"""A partner's supervisor for another agency: what a decision needs, and nothing beside it."""

DESTINATIONS = ("etrace", "ballistics", "financial")

SCOPE_VERBS: dict[str, frozenset[Verb]] = {
    **{f"queue:lease:{name}": frozenset({Verb.QUEUE_LEASE, Verb.QUEUE_READ}) for name in DESTINATIONS},
    **{f"result:write:{name}": frozenset({Verb.RESULT_WRITE}) for name in DESTINATIONS},
    "event:write": frozenset({Verb.EVENT_WRITE}),
    "media:read": frozenset({Verb.MEDIA_READ, Verb.SUBMISSION_READ}),
    "media:write": frozenset({Verb.ATTACHMENT_WRITE}),
    "status:read": frozenset({Verb.STATUS_READ}),
    "custody:read": frozenset({Verb.CUSTODY_READ}),
}
"""The scopes of protocol, section 3. A verb without a scope here is a human verb: machines are refused."""


def verbs_of_roles(roles: Iterable[Role]) -> frozenset[Verb]:
    """Everything that a person holding these roles may do."""
    return frozenset().union(*(ROLE_VERBS[role] for role in roles))


def verbs_of_scopes(scopes: Iterable[str]) -> frozenset[Verb]:
    """Everything that a token with these scopes may do; unknown scopes give nothing."""
    return frozenset().union(*(SCOPE_VERBS.get(scope, frozenset()) for scope in scopes))
