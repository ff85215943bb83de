"""Make the tables of a vault on PostgreSQL, or bring them to this version, as their owner.

Rules:
1. All versions that are missing are applied in one transaction, or none.
2. The role that works owns nothing: it gets its rights here.
"""

from dataclasses import replace

from sottovoce.backends.postgres_session import SCHEMA, Database, connect, database_at_work
from sottovoce.values.errors import Refused, Unavailable

VERSION = "0004"


def migrate(database: Database, *, owner: str) -> None:
    """Bring the tables to this version, as ``owner``, for the role that ``database`` names.

    Safe to repeat. Raises Refused where the role is the owner itself.
    """
    if owner == database.user:
        raise Refused(
            "the role that works must not own the tables",
            hint="name another owner; the borders between tenants hold for who owns nothing",
        )
    connect(replace(database, user=owner)).close()  # What fails here has a reason of ours.
    try:
        from alembic.command import upgrade
        from alembic.config import Config
        from sqlalchemy import create_engine, text
        from sqlalchemy.exc import DBAPIError
    except ImportError:
        raise Unavailable(
            "to migrate needs the extra postgres", hint="pip install 'sottovoce[postgres]'"
        ) from None
    config = Config()
    config.set_main_option("script_location", "sottovoce.backends:postgres_migrations")
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: connect(replace(database, user=owner))
    )
    with database_at_work():
        try:
            with engine.begin() as connection:
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
                config.attributes.update(connection=connection, role=database.user)
                upgrade(config, "head")
        except DBAPIError as error:
            raise error.orig or error from None
        finally:
            engine.dispose()
