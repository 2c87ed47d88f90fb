"""A database taken back, a forked log, replaced and foreign objects: what only the store can tell."""

import base64
import hashlib
import subprocess
import sys
from contextlib import closing

import pytest

from tests.e2e.tampering.kept import CHAIN, LEAVES, NO_DETAILS, Copy, Kept, Tampering, fault_of

pytestmark = pytest.mark.slow

OTHER = b"other bytes"


def test_a_database_rolled_back(kept: Kept) -> None:
    with kept.copy_of("earlier") as earlier:
        fault = fault_of(earlier, "database_behind")
        assert int(str(fault.facts["stored"])) > int(str(fault.facts["size"]))


def test_a_database_rolled_back_and_followed_by_a_new_log(kept: Kept) -> None:
    """What was lost is owned up to: the new log names the old one's newest checkpoint."""
    with kept.copy_of("earlier") as earlier:
        earlier.succeed()
        report = earlier.verify()
        assert report.forgotten > 0
        assert report.checkpoints > report.stored_checkpoints
        with closing(Tampering(earlier)) as tampering, tampering as owner:
            owner.change("UPDATE log_origin SET former_root = sha256(former_root) WHERE number = 2")
            fault_of(owner, "log_forked")


def test_a_forked_log(kept: Kept) -> None:
    """The earlier database goes on by itself, with the log's own key, past what the store keeps."""
    with kept.copy_of("earlier") as fork:
        size = fork.one("SELECT size FROM log_head")[0]
        fork.go_on(LEAVES + 50)
        fault = fault_of(fork, "log_forked")
        assert int(str(fault.facts["size"])) > size


def test_checkpoints_that_only_the_store_has(owner: Tampering) -> None:
    owner.change(
        "DELETE FROM log_cosignature", "DELETE FROM log_checkpoint WHERE size = (SELECT min(size) FROM log_checkpoint)"
    )
    fault_of(owner, "checkpoint_unknown")


def test_checkpoints_that_the_store_has_not(owner: Tampering) -> None:
    owner.act()
    owner.seal()
    owner.verify()
    owner.change("UPDATE log_checkpoint SET published_at = now() WHERE published_at IS NULL")
    fault_of(owner, "checkpoint_unstored")


def test_a_log_that_the_database_has_forgotten(kept: Kept, owner: Tampering) -> None:
    origin = owner.one("SELECT name FROM log_origin")[0]
    key = f"log/{origin}/2/size-{10**15 - 1 - 5:015d}.5"
    version = _put(kept, key, b"x")
    try:
        fault_of(owner, "log_unknown", origin=f"{origin}/2")
    finally:
        _delete(kept, key, version)


def test_a_foreign_object_among_the_checkpoints(kept: Kept, owner: Tampering) -> None:
    version = _put(kept, "log/readme", b"x")
    try:
        fault_of(owner, "object_stray", key="log/readme")
    finally:
        _delete(kept, "log/readme", version)


def test_an_object_replaced_by_another_version(kept: Kept, owner: Tampering) -> None:
    """Other bytes under the same key, and the row pointed at them: the chain knows better."""
    media_id, key = owner.one("SELECT id, object_key FROM media ORDER BY id LIMIT 1")
    version = _put(kept, key, OTHER)
    try:
        owner.verify(deep=True)
        owner.change(f"UPDATE media SET version_id = '{version}' WHERE id = '{media_id}'")
        fault_of(owner, "media_unlike_log")
        owner.change(NO_DETAILS)
        fault_of(owner, "version_differs")
        owner.change(
            f"UPDATE media SET sha256 = '{hashlib.sha256(OTHER).hexdigest()}', size = 11 WHERE id = '{media_id}'"
        )
        fault_of(owner, "lock_short")
        owner.change(f"UPDATE media SET version_id = 'AAAA' WHERE id = '{media_id}'")
        fault_of(owner, "version_missing")
    finally:
        _delete(kept, key, version)


def test_expunged_details_are_reported(owner: Tampering) -> None:
    owner.change(NO_DETAILS)
    assert owner.verify().details_missing > 20


def test_the_command_says_it_and_ends_with_1(kept: Kept, copy: Copy) -> None:
    whole = command(kept, copy)
    assert whole.returncode == 0
    assert whole.stdout.startswith("Todo corresponde:")
    assert not whole.stderr
    with closing(Tampering(copy)) as tampering, tampering as owner:
        owner.change(f"DELETE FROM custody_entry WHERE {CHAIN} AND seq = 5")
        owner.keep()
    broken = command(kept, copy)
    assert broken.returncode == 1
    assert "le falta la entrada 5" in broken.stdout
    assert "lacks entry 5" in command(kept, copy, "--lang", "en").stdout


def command(kept: Kept, copy: Copy, *options: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "evidence.commands.verify", *options, "service", "--deep"]
    environment = kept.environment(copy)
    return subprocess.run(line, env=environment, capture_output=True, text=True, check=False, timeout=60)


def _put(kept: Kept, key: str, body: bytes) -> str:
    """A further version, as the store's administrator can write one."""
    client = kept.service.store.client(admin=True)
    checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
    written = client.put_object(Bucket=kept.service.store.originals, Key=key, Body=body, ChecksumSHA256=checksum)
    return str(written["VersionId"])


def _delete(kept: Kept, key: str, version: str) -> None:
    client = kept.service.store.client(admin=True)
    client.delete_object(
        Bucket=kept.service.store.originals, Key=key, VersionId=version, BypassGovernanceRetention=True
    )
