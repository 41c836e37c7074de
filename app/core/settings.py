"""Settings of one process, read once from the environment; nothing else reads it."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, NonNegativeInt, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _with_commas(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return tuple(part for part in value.replace(" ", "").split(",") if part)


def _first_at_once(waits: tuple[int, ...]) -> tuple[int, ...]:
    if not waits or waits[0] != 0:
        raise ValueError("the first attempt is made at once: begin with 0")
    return waits


class Settings(BaseSettings):
    """What differs between installations. Names in the environment carry the prefix OPENLOT_,
    but for the two addresses of the database, which keep their customary names."""

    model_config = SettingsConfigDict(
        env_prefix="OPENLOT_", frozen=True, extra="ignore", populate_by_name=True
    )

    database_url: Annotated[
        SecretStr | None, Field(validation_alias="DATABASE_URL", description="Runtime role")
    ] = None
    owner_database_url: Annotated[
        SecretStr | None, Field(validation_alias="OWNER_DATABASE_URL", description="Migrations")
    ] = None
    home: Path = Path(".openlot")
    """Folder of the embedded Postgres, of the log's signing key and of the key of secrets."""
    ledger_origin: str = "openlot.local/ledger"
    """Name of the log in checkpoints (C2SP: a schema-less address of the operator)."""
    ledger_key_file: Path | None = None
    """Ed25519 private key (PEM, PKCS 8) of the log; default: made in `home` at first start."""
    pool_size: Annotated[int, Field(ge=1, le=200)] = 10
    pgbouncer: bool = False
    """Behind a transaction pooler prepared statements do not survive; switch their cache off."""
    statement_timeout_ms: Annotated[int, Field(ge=100)] = 60_000
    trusted_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_with_commas)] = ("*",)
    """Values of the Host header that are answered, with commas between them."""
    jurisdiction_prefix: Annotated[str, Field(pattern=r"^[0-9]{6}$")] = "000000"
    """GB/T 2260 code of the operating jurisdiction; used where a code needs one."""
    webhook_allowed_cidrs: Annotated[
        tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_with_commas)
    ] = ()
    """Networks, with commas, whose receivers may be called though the internet cannot reach them;
    any port and plain http will do there."""
    webhook_retry_seconds: Annotated[
        tuple[NonNegativeInt, ...],
        NoDecode,
        BeforeValidator(_with_commas),
        AfterValidator(_first_at_once),
    ] = (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
    """Waits before the attempts of a callback, with commas; after the last one it is given up."""
    webhook_ca_file: Path | None = None
    """Certificates (PEM) of authorities that callbacks trust beside those of the system."""
