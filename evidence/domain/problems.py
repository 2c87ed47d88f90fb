"""Everything that is wrong or odd with a manifest, in one list (protocol, section 4)."""

from evidence.domain.agency_rules import number_problems
from evidence.domain.amendments import reply_problems
from evidence.domain.manifest import Manifest
from evidence.domain.manifest_facts import fact_problems
from evidence.domain.manifest_links import link_problems
from evidence.domain.manifest_times import time_problems
from evidence.domain.problem import Context, Problem

MAX_PROBLEMS = 200


def problems(manifest: Manifest, context: Context) -> list[Problem]:
    """The problems of one manifest by itself, in the order of the document's parts; at most 200.

    A hundred photos that each name fifty strangers would make thousands: then the blocking ones come first, and
    the rest is cut off. What an amendment does to its line is told by
    :func:`evidence.domain.amendments.amendment_problems`.
    """
    found = [
        *link_problems(manifest, context),
        *fact_problems(manifest),
        *time_problems(manifest, context),
        *reply_problems(manifest),
        *number_problems(manifest, context.patterns),
    ]
    if len(found) <= MAX_PROBLEMS:
        return found
    return sorted(found, key=lambda problem: not problem.blocking)[:MAX_PROBLEMS]
