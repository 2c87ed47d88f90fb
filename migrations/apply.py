"""Runs Alembic in code: ``casquillo migrate``, the tests, and standalone all pass through here.

Only the owner role migrates; api and workers connect with roles that own nothing.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config


def configuration(owner_url: str) -> Config:
    """Alembic's configuration for one database; no file is read."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    config.attributes["url"] = owner_url
    return config


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Brings the database to ``revision``; does nothing when it is there already."""
    command.upgrade(configuration(owner_url), revision)


def downgrade(owner_url: str, revision: str) -> None:
    """Takes the database back to ``revision``."""
    command.downgrade(configuration(owner_url), revision)
