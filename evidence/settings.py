"""Every setting, read once from the environment. All mistakes are reported together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

GIB = 1024**3
BUILT_WEB = Path(__file__).parents[1] / "web" / "dist"  # where `make web` puts the web app


DEBIAN_FONTS = Path("/usr/share/fonts/truetype/dejavu")


class LockMode(StrEnum):
    GOVERNANCE = "GOVERNANCE"
    COMPLIANCE = "COMPLIANCE"


class SettingsError(Exception):
    """What is wrong with the environment, one line a mistake."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(["The settings cannot be used:", *(f"  - {mistake}" for mistake in mistakes)]))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Settings:
    """Sizes in bytes, times in seconds unless the name says otherwise.

    ``fonts``: the folders in which printing looks for DejaVu, in this order. ``rp_id``: the host name to which passkeys
    are bound. ``loopback_identity``: identity providers may stand on this machine (tests and the demo only).
    """

    database_url: str
    secret_key: str
    origin: str
    rp_id: str
    loopback_identity: bool
    s3_endpoint: str
    s3_public_endpoint: str
    s3_region: str
    s3_access_key: str
    s3_secret_key: str
    bucket_originals: str
    bucket_staging: str
    bucket_previews: str
    lock_mode: LockMode
    landing_lock_days: int
    retention_days: int
    relay: bool
    relay_slots: int
    upload_seconds: int
    device_bytes_per_day: int
    agency_bytes_per_day: int
    trusted_proxies: int
    log_json: bool
    web_root: Path
    log_keys: Path | None
    log_policy: Path | None
    timestamp_url: str | None = None
    timestamp_seconds: int = 30
    fonts: tuple[Path, ...] = (DEBIAN_FONTS,)
    backup_mark: Path | None = None

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by https; only then do cookies carry Secure and the ``__Host-`` name."""
        return self.origin.startswith("https://")

    @property
    def cookie_name(self) -> str:
        """The session cookie's name; on plain http it names the port, since cookies do not tell ports apart."""
        return "__Host-casquillo" if self.secure else f"casquillo-{urlsplit(self.origin).port or 80}"


@dataclass(frozen=True)
class WitnessSettings:
    """For ``casquillo witness``. ``keys`` holds its one key, ``logs`` is a tlog-policy file with the logs it knows."""

    keys: Path
    state: Path
    logs: Path
    log_json: bool


class _Reader:
    """Takes ``CASQUILLO_*`` values one by one and collects what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.mistakes: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        value = self.environment.get(f"CASQUILLO_{name}", default)
        if not value:
            self.mistakes.append(f"CASQUILLO_{name} is missing")
        return value or ""

    def parsed(self, name: str, default: T, parse: Callable[[str], T], form: str) -> T:
        raw = self.environment.get(f"CASQUILLO_{name}")
        if raw is None or raw == "":
            return default
        try:
            return parse(raw)
        except (ValueError, KeyError):
            self.mistakes.append(f"CASQUILLO_{name} must be {form}, not {raw!r}")
            return default

    def number(self, name: str, default: int) -> int:
        return self.parsed(name, default, _positive, "a whole number, 1 or more")

    def flag(self, name: str, *, default: bool) -> bool:
        known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        return self.parsed(name, default, lambda raw: known[raw.lower()], "true or false")

    def origin(self) -> str:
        """https anywhere, http on localhost with a port only (protocol, section 3)."""
        value = self.text("ORIGIN").rstrip("/")
        parts = urlsplit(value)
        local = parts.scheme == "http" and parts.hostname == "localhost" and parts.port
        if value and (not (parts.scheme == "https" or local) or parts.path):
            self.mistakes.append("CASQUILLO_ORIGIN must be https://host or http://localhost:port, without a path")
        return value

    def rp_id(self, origin: str) -> str:
        """The origin's host, or a domain above it, so that passkeys outlive a move to a sister host."""
        host = urlsplit(origin).hostname or ""
        value = self.environment.get("CASQUILLO_RP_ID") or host
        if value != host and not ("." in value and host.endswith(f".{value}")):
            self.mistakes.append(f"CASQUILLO_RP_ID must be {host or 'the host of the origin'} or a domain above it")
        return value

    def loopback_identity(self, origin: str) -> bool:
        value = self.flag("OIDC_LOOPBACK", default=False)
        if value and not origin.startswith("http://localhost:"):
            self.mistakes.append("CASQUILLO_OIDC_LOOPBACK is for http://localhost only")
        return value


def _positive(raw: str) -> int:
    value = int(raw)
    if value < 1:
        raise ValueError(raw)
    return value


def _http_address(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(raw)
    return raw


def _count(raw: str) -> int:
    value = int(raw)
    if value < 0:
        raise ValueError(raw)
    return value


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in ``environment``; ``SettingsError`` names every mistake at once."""
    reader = _Reader(environment)
    endpoint = reader.text("S3_ENDPOINT")
    web_root = reader.parsed("WEB_ROOT", BUILT_WEB, Path, "a folder")
    fonts = reader.parsed("FONTS", None, Path, "a folder")
    origin = reader.origin()
    settings = Settings(
        database_url=reader.text("DATABASE_URL"),
        secret_key=reader.text("SECRET_KEY"),
        origin=origin,
        rp_id=reader.rp_id(origin),
        loopback_identity=reader.loopback_identity(origin),
        s3_endpoint=endpoint,
        s3_public_endpoint=reader.text("S3_PUBLIC_ENDPOINT", endpoint),
        s3_region=reader.text("S3_REGION", "us-east-1"),
        s3_access_key=reader.text("S3_ACCESS_KEY"),
        s3_secret_key=reader.text("S3_SECRET_KEY"),
        bucket_originals=reader.text("BUCKET_ORIGINALS", "casquillo-originals"),
        bucket_staging=reader.text("BUCKET_STAGING", "casquillo-staging"),
        bucket_previews=reader.text("BUCKET_PREVIEWS", "casquillo-previews"),
        lock_mode=reader.parsed("LOCK_MODE", LockMode.GOVERNANCE, LockMode, "GOVERNANCE or COMPLIANCE"),
        landing_lock_days=reader.number("LANDING_LOCK_DAYS", 30),
        retention_days=reader.number("RETENTION_DAYS", 3650),
        relay=reader.flag("RELAY", default=False),
        relay_slots=reader.number("RELAY_SLOTS", 16),
        upload_seconds=reader.number("UPLOAD_SECONDS", 3600),
        device_bytes_per_day=reader.number("DEVICE_BYTES_PER_DAY", 20 * GIB),
        agency_bytes_per_day=reader.number("AGENCY_BYTES_PER_DAY", 1000 * GIB),
        trusted_proxies=reader.parsed("TRUSTED_PROXIES", 0, _count, "a whole number, 0 or more"),
        log_json=reader.flag("LOG_JSON", default=True),
        web_root=web_root,
        log_keys=reader.parsed("LOG_KEYS", None, Path, "a folder"),
        log_policy=reader.parsed("LOG_POLICY", None, Path, "a file"),
        timestamp_url=reader.parsed("TIMESTAMP_URL", None, _http_address, "http:// or https:// and a host"),
        timestamp_seconds=reader.number("TIMESTAMP_SECONDS", 30),
        fonts=(fonts,) if fonts else (web_root / "fonts", DEBIAN_FONTS),
        backup_mark=reader.parsed("BACKUP_MARK", None, Path, "a file"),
    )
    if reader.mistakes:
        raise SettingsError(reader.mistakes)
    return settings


def read_witness_settings(environment: Mapping[str, str]) -> WitnessSettings:
    """The settings of a witness process; ``SettingsError`` names every mistake at once."""
    reader = _Reader(environment)
    settings = WitnessSettings(
        keys=Path(reader.text("WITNESS_KEYS")),
        state=Path(reader.text("WITNESS_STATE")),
        logs=Path(reader.text("WITNESS_LOGS")),
        log_json=reader.flag("LOG_JSON", default=True),
    )
    if reader.mistakes:
        raise SettingsError(reader.mistakes)
    return settings
