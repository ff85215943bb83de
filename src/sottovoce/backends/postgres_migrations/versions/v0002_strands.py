"""The strands of channels that several persons share, each row its tenant's alone."""

from alembic import context, op
from psycopg import sql

revision = "0002"
down_revision = "0001"

_STRAND = """
CREATE TABLE sottovoce.strand (
    tenant TEXT NOT NULL DEFAULT current_setting('app.tenant') CHECK (tenant <> ''),
    recording TEXT COLLATE "C" NOT NULL,
    strand INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    PRIMARY KEY (tenant, recording, strand),
    FOREIGN KEY (tenant, recording) REFERENCES sottovoce.holding (tenant, id) ON DELETE CASCADE
)
"""


def upgrade() -> None:
    """Make the table, its rule, and the rights of the role that works."""
    role = sql.Identifier(context.config.attributes["role"]).as_string(None)
    op.execute(_STRAND)
    op.execute("ALTER TABLE sottovoce.strand ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE sottovoce.strand FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON sottovoce.strand"
        " USING (tenant = current_setting('app.tenant', true))"
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON sottovoce.strand TO {role}")
