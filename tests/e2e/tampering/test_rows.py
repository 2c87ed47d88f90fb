"""What an owner of the database may do to rows is named, each by its own sentence."""

from uuid import UUID

import pytest

from evidence.actions.custody import entry_of
from evidence.records.custody import CustodyEntry
from tests.e2e.tampering.kept import CHAIN, LAST, LEAVES, Tampering, fault_of

pytestmark = pytest.mark.slow

FORGED = "'" + "ab" * 32 + "'"


def test_an_untouched_service_holds(owner: Tampering) -> None:
    report = owner.verify(deep=True)
    assert report.entries == report.leaves >= LEAVES
    assert report.tiles == LEAVES // 256
    assert report.checkpoints == report.stored_checkpoints > 10
    assert report.cosignatures > 10
    assert report.versions == report.versions_checked == 11
    assert report.bytes_read > 100_000
    assert report.subjects > 10
    assert (report.subjects_unread, report.details_missing, report.waiting) == (0, 0, 0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (f"UPDATE custody_entry SET kind = 'media.damaged' WHERE {CHAIN} AND seq = 5", "chain_hash"),
        (f"UPDATE custody_entry SET at = at - interval '1 day' WHERE {CHAIN} AND seq = 5", "chain_hash"),
        (f"UPDATE custody_entry SET v = 2 WHERE {CHAIN} AND seq = 5", "chain_hash"),
        (f"UPDATE custody_entry SET agency_id = chain_id WHERE {CHAIN} AND seq = 5", "chain_hash"),
        (f"UPDATE custody_entry SET entry_sha256 = {FORGED} WHERE {CHAIN} AND seq = 5", "chain_hash"),
        (f"UPDATE custody_entry SET prev = {FORGED} WHERE {CHAIN} AND seq = 5", "chain_prev"),
        (f"DELETE FROM custody_entry WHERE {CHAIN} AND seq = 5", "chain_seq"),
        (f"DELETE FROM custody_entry WHERE {CHAIN} AND seq = 1", "chain_seq"),
        (f"DELETE FROM custody_entry WHERE {CHAIN} AND seq = {LAST}", "chain_cut"),
        (f"DELETE FROM custody_entry WHERE {CHAIN}", "chain_cut"),
        (f"DELETE FROM custody_chain WHERE {CHAIN}", "chain_grown"),
        (f"UPDATE custody_chain SET seq = seq - 1 WHERE {CHAIN}", "chain_grown"),
        (f"UPDATE custody_chain SET head_sha256 = {FORGED} WHERE {CHAIN}", "chain_hash"),
        (
            "UPDATE custody_detail SET details = details || '{\"size\": 1}' FROM custody_entry e"
            f" WHERE e.entry_id = custody_detail.entry_id AND {CHAIN} AND e.kind = 'media.verified'",
            "details_changed",
        ),
        ("UPDATE decision SET reason = 'otra'", "subject_changed"),
        ("UPDATE manifest SET jws = jws || 'x'", "subject_changed"),
        ("UPDATE reading SET text = 'AB1234'", "subject_changed"),
        ("DELETE FROM result", "subject_missing"),
        ("DELETE FROM physical_event", "subject_missing"),
        (
            "INSERT INTO reading SELECT gen_random_uuid(), root_id, agency_id, item_id, person_id, organisation_id,"
            " status, 'OTRA', how, read_at FROM reading LIMIT 1",
            "row_unspoken",
        ),
        ("UPDATE submission SET state = 'closed'", "state_submission"),
        ("UPDATE capture SET state = 'discarded'", "state_capture"),
        ("UPDATE media SET state = 'lost'", "state_media"),
        (f"UPDATE media SET sha256 = {FORGED}", "media_unlike_log"),
        ("UPDATE media SET version_id = 'another'", "media_unlike_log"),
        ("DELETE FROM log_leaf WHERE log_index = 100", "entry_unlogged"),
        (f"UPDATE log_leaf SET entry_sha256 = {FORGED} WHERE log_index = 100", "leaf_differs"),
        ("UPDATE log_leaf SET log_index = log_index + 1000 WHERE log_index > 280", "leaf_gap"),
        ("UPDATE log_head SET size = size + 1", "log_head_differs"),
        ("DELETE FROM log_tile", "tile_missing"),
        ("UPDATE log_tile SET root = sha256(root)", "tile_differs"),
        ("INSERT INTO log_tile SELECT origin, level, position + 10, hashes, root FROM log_tile", "tile_extra"),
        ("UPDATE log_checkpoint SET root = sha256(root) WHERE size > 100", "checkpoint_root"),
        ("UPDATE log_checkpoint SET note = set_byte(note, 90, 65) WHERE size > 100", "checkpoint_signature"),
        ("UPDATE log_cosignature SET line = replace(line, 'A', 'B')", "cosignature_fails"),
    ],
)
def test_a_changed_row_is_named(owner: Tampering, change: str, code: str) -> None:
    owner.change(change)
    fault_of(owner, code)


def test_entries_swapped_in_their_chain(owner: Tampering) -> None:
    owner.change(
        f"UPDATE custody_entry SET seq = 1005 WHERE {CHAIN} AND seq = 5",
        f"UPDATE custody_entry SET seq = 5 WHERE {CHAIN} AND seq = 6",
        f"UPDATE custody_entry SET seq = 6 WHERE {CHAIN} AND seq = 1005",
    )
    fault_of(owner, "chain_prev", seq="5")


@pytest.mark.parametrize(("one", "other"), [(10, 20), (570, 571)])
def test_leaves_swapped_in_the_log(owner: Tampering, one: int, other: int) -> None:
    owner.change(
        f"UPDATE log_leaf SET log_index = 100000 WHERE log_index = {one}",
        f"UPDATE log_leaf SET log_index = {one} WHERE log_index = {other}",
        f"UPDATE log_leaf SET log_index = {other} WHERE log_index = 100000",
    )
    fault_of(owner, "checkpoint_root")


def test_bodies_swapped_between_entries(owner: Tampering) -> None:
    chosen = f"SELECT e.entry_id FROM custody_entry e WHERE {CHAIN} AND e.kind = 'media.verified' ORDER BY seq"
    one, other = (owner.one(f"{chosen} OFFSET {n} LIMIT 1")[0] for n in (0, 1))
    for what in ("details", "salt"):
        owner.change(
            f"UPDATE custody_detail a SET {what} = b.{what} FROM custody_detail b"
            f" WHERE (a.entry_id, b.entry_id) IN (('{one}', '{other}'), ('{other}', '{one}'))"
        )
        fault_of(owner, "details_changed")


def test_an_entry_rewritten_with_its_hash_and_its_head(owner: Tampering) -> None:
    """The last entry of a chain, forged with care: only the log knows what it was."""
    _forge_last(owner)
    fault_of(owner, "leaf_differs")


def test_an_entry_rewritten_with_its_leaf_too(owner: Tampering) -> None:
    """Also the leaf: then the signed root does not fit."""
    forged, entry_id = _forge_last(owner)
    owner.change(f"UPDATE log_leaf SET entry_sha256 = '{forged}' WHERE entry_id = '{entry_id}'")
    fault_of(owner, "checkpoint_root")


def test_an_entry_inserted_with_its_head(owner: Tampering) -> None:
    owner.act()
    owner.change("DELETE FROM log_pending")
    fault_of(owner, "entry_unlogged")


def test_a_leaf_inserted_at_the_end(owner: Tampering) -> None:
    owner.act()
    owner.change(
        "INSERT INTO log_leaf SELECT (SELECT size FROM log_head), entry_id, entry_sha256 FROM log_pending",
        "DELETE FROM log_pending",
        "UPDATE log_head SET size = size + 1",
    )
    fault_of(owner, "leaf_unsigned")


def test_an_entry_deleted_with_its_head(owner: Tampering) -> None:
    _delete_last(owner)
    fault_of(owner, "leaf_orphan")


def test_an_entry_deleted_with_its_leaf(owner: Tampering) -> None:
    entry_id = _delete_last(owner)
    owner.change(f"DELETE FROM log_leaf WHERE entry_id = '{entry_id}'")
    fault_of(owner, "leaf_gap")


def test_the_last_leaves_deleted(owner: Tampering) -> None:
    """The end of the log taken away, with everything that it left but the checkpoints."""
    ids = "(SELECT entry_id FROM log_leaf WHERE log_index >= 290)"
    chain = owner.one(f"SELECT chain_id FROM custody_entry WHERE entry_id IN {ids} LIMIT 1")[0]
    owner.change(
        f"DELETE FROM custody_detail WHERE entry_id IN {ids}",
        f"DELETE FROM custody_entry WHERE entry_id IN {ids}",
        f"UPDATE custody_chain c SET (seq, head_sha256) = (SELECT e.seq, e.entry_sha256 FROM custody_entry e"
        f" WHERE e.chain_id = c.chain_id ORDER BY seq DESC LIMIT 1) WHERE chain_id = '{chain}'",
        "DELETE FROM log_leaf WHERE log_index >= 290",
        "UPDATE log_head SET size = 290",
    )
    fault_of(owner, "checkpoint_beyond")


def _person(owner: Tampering) -> tuple[str, str, str]:
    """A chain from which no state follows: its condition, its last entry, and the hash before that."""
    query = "SELECT chain_id FROM custody_entry WHERE chain_type = 'person' GROUP BY 1 HAVING count(*) > 1 ORDER BY 1"
    chain = f"chain_type = 'person' AND chain_id = '{owner.one(f'{query} LIMIT 1')[0]}'"
    entry_id, prev = owner.one(f"SELECT entry_id, prev FROM custody_entry WHERE {chain} ORDER BY seq DESC LIMIT 1")
    return chain, str(entry_id), prev


def _forge_last(owner: Tampering) -> tuple[str, str]:
    """Another nonce in the last entry, its hash and the head made to fit."""
    chain, entry_id, _ = _person(owner)
    owner.change(f"UPDATE custody_entry SET nonce = 'AAAAAAAAAAAAAAAAAAAAAA' WHERE entry_id = '{entry_id}'")
    with owner.session() as session:
        forged = entry_of(session.get_one(CustodyEntry, UUID(entry_id))).sha256()
    owner.change(
        f"UPDATE custody_entry SET entry_sha256 = '{forged}' WHERE entry_id = '{entry_id}'",
        f"UPDATE custody_chain SET head_sha256 = '{forged}' WHERE {chain}",
    )
    return forged, entry_id


def _delete_last(owner: Tampering) -> str:
    """The last entry goes, with its details; the head is set back to the one before."""
    chain, entry_id, prev = _person(owner)
    owner.change(
        f"DELETE FROM custody_detail WHERE entry_id = '{entry_id}'",
        f"DELETE FROM custody_entry WHERE entry_id = '{entry_id}'",
        f"UPDATE custody_chain SET seq = seq - 1, head_sha256 = '{prev}' WHERE {chain}",
    )
    return entry_id
