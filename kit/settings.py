"""What the outside can set, all of it from the environment: `POSTVENTA_…`, `DATABASE_URL`, `TEMPORAL_…`."""

import os
import secrets
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kit.problems import Problem


class Settings(BaseSettings):
    """Every setting has a default that works in development; production must give its secrets.

    Where the engine is comes from the SDK's own configuration (`TEMPORAL_ADDRESS`, `TEMPORAL_PROFILE`), not from here.
    """

    model_config = SettingsConfigDict(
        env_prefix="POSTVENTA_", frozen=True, extra="ignore", populate_by_name=True
    )

    environment: Literal["development", "production"] = "development"
    data: Path = Path(".data")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = ""
    """How people reach the API; links in messages start with it. Empty: `http://host:port`."""
    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    codec_keys: SecretStr = SecretStr("")
    codec_keys_file: Path | None = None
    jwt_secret: SecretStr = SecretStr("")
    oidc_issuer: str = ""
    oidc_audience: str = "postventa"
    oidc_jwks_url: str = ""
    smtp_url: str = ""
    """`smtp://user:password@host:port` (or `smtps://`). Empty in development: the local mailbox."""
    mail_from: str = "soporte@postventa.local"
    temporal_ui_url: str = ""
    """Origin of the Temporal UI, allowed to ask the codec endpoint (GEN-15)."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("database_url")
    @classmethod
    def _one_driver(cls, url: str) -> str:
        """`postgres://` and `postgresql://` mean asyncpg here: it is the only driver."""
        scheme, mark, rest = url.partition("://")
        return f"postgresql+asyncpg://{rest}" if mark and scheme in ("postgres", "postgresql") else url

    @field_validator("data")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        return folder.expanduser().absolute()

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def base_url(self) -> str:
        """Where people and links find the API, without a slash at the end."""
        host = "127.0.0.1" if self.host in ("", "0.0.0.0", "::") else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"

    def signing_secret(self) -> str:
        """The secret of sessions and signed links; made once under the data folder in development."""
        given = self.jwt_secret.get_secret_value()
        if given:
            return given
        if self.production:
            raise Problem("no_jwt_secret")
        return made_once(self.data / "secrets" / "jwt", secrets.token_urlsafe(48))


def made_once(path: Path, fresh: str) -> str:
    """The text of a secret file, made of `fresh` when it is not there yet. Only its owner can read it.

    Several processes may ask at once for the first time: one of them makes it, and all get the same.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        draft.touch(mode=0o600)
        draft.write_text(fresh)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
