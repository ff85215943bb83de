"""People are found with their recordings by one index, and the table is not asked."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Put the recording into the index of persons."""
    op.execute("DROP INDEX sottovoce.channel_person")
    op.execute("CREATE INDEX channel_person ON sottovoce.channel (tenant, person, recording)")
