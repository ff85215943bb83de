"""Recordings, wrapped keys, the claim and the ledger, each row its tenant's alone.

The rules of row-level security are forced on the owner too. The tenant of a row is that of the
transaction; who has not said one sees nothing and writes nothing. Entries and hashes of the ledger
may be added and read by the role that works, not changed.
"""

from alembic import context, op
from psycopg import sql

revision = "0001"
down_revision = None

_TENANT = "tenant TEXT NOT NULL DEFAULT current_setting('app.tenant') CHECK (tenant <> '')"

_TABLES = {
    "holding": f"""
        {_TENANT},
        id TEXT COLLATE "C" NOT NULL,
        state TEXT NOT NULL,
        begun_at TEXT COLLATE "C" NOT NULL,
        rate_hz INTEGER NOT NULL,
        frames BIGINT NOT NULL,
        parts TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        arrived_at TEXT,
        settled_at TEXT,
        erased_at TEXT,
        unswept BOOLEAN NOT NULL,
        seal BYTEA NOT NULL,
        PRIMARY KEY (tenant, id)
    """,
    "channel": f"""
        {_TENANT},
        recording TEXT COLLATE "C" NOT NULL,
        channel INTEGER NOT NULL,
        person TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (tenant, recording, channel),
        FOREIGN KEY (tenant, recording) REFERENCES sottovoce.holding (tenant, id) ON DELETE CASCADE
    """,
    "wrapped_key": f"""
        {_TENANT},
        purpose TEXT COLLATE "C" NOT NULL,
        id TEXT COLLATE "C" NOT NULL,
        wrapped BYTEA NOT NULL,
        PRIMARY KEY (tenant, purpose, id)
    """,
    "token": f"""
        {_TENANT},
        label BYTEA NOT NULL,
        purpose TEXT NOT NULL,
        recording TEXT COLLATE "C" NOT NULL,
        channel INTEGER NOT NULL,
        back BYTEA NOT NULL,
        PRIMARY KEY (tenant, label),
        FOREIGN KEY (tenant, recording) REFERENCES sottovoce.holding (tenant, id)
    """,
    "claim": f"{_TENANT} PRIMARY KEY, draw TEXT NOT NULL",
    "ledger_entry": f"""
        {_TENANT}, position BIGINT NOT NULL, data BYTEA NOT NULL, PRIMARY KEY (tenant, position)
    """,
    "ledger_node": f"""
        {_TENANT}, level INTEGER NOT NULL, position BIGINT NOT NULL, hash BYTEA NOT NULL,
        PRIMARY KEY (tenant, level, position)
    """,
    "ledger_head": f"{_TENANT} PRIMARY KEY, note BYTEA NOT NULL",
}

_INDEXES = (
    "CREATE INDEX holding_begun ON sottovoce.holding (tenant, begun_at, id)",
    "CREATE INDEX holding_state ON sottovoce.holding (tenant, state, begun_at, id)",
    "CREATE INDEX holding_fingerprint ON sottovoce.holding (tenant, fingerprint)"
    " WHERE fingerprint <> ''",
    "CREATE INDEX holding_unswept ON sottovoce.holding (tenant) WHERE unswept",
    "CREATE INDEX channel_person ON sottovoce.channel (tenant, person)",
    "CREATE INDEX token_recording ON sottovoce.token (tenant, recording)",
    "CREATE INDEX token_purpose ON sottovoce.token (tenant, purpose)",
    # Dead copies of keys are to be cleared soon, not when a fifth of the table is dead.
    "ALTER TABLE sottovoce.wrapped_key SET"
    " (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0)",
)

_ADDED_TO_ONLY = ("ledger_entry", "ledger_node")


def upgrade() -> None:
    """Make the tables, their rules, and the rights of the role that works."""
    role = sql.Identifier(context.config.attributes["role"]).as_string(None)
    for name, columns in _TABLES.items():
        op.execute(f"CREATE TABLE sottovoce.{name} ({columns})")
        op.execute(f"ALTER TABLE sottovoce.{name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE sottovoce.{name} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON sottovoce.{name}"
            " USING (tenant = current_setting('app.tenant', true))"
        )
        rights = "SELECT, INSERT" + ("" if name in _ADDED_TO_ONLY else ", UPDATE, DELETE")
        op.execute(f"GRANT {rights} ON sottovoce.{name} TO {role}")
    for statement in _INDEXES:
        op.execute(statement)
    op.execute(f"GRANT USAGE ON SCHEMA sottovoce TO {role}")
    op.execute(f"GRANT SELECT ON sottovoce.alembic_version TO {role}")
