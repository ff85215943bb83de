"""What entries of the ledger are found by, computed by the database from their own bytes.

An expression would do for an index, were it not for the borders between tenants: what looks into a
row by a function that might tell of it is not let down to the index. A column may be compared.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

_TEXT = "encode(data, 'escape')"
# By place, as ledger.question.traits() has it.
_PARTS = {
    "at": r'^\{"actor":"[^"]*","at":"([^"]*)","facts":',
    "kind": r',"kind":"([^"]*)"(?:,"recording":"[^"]*")?,"v":1\}$',
    "actor": r'^\{"actor":"([^"]*)"',
    "recording": r',"recording":"([^"]*)","v":1\}$',
    "person": r'"person":"(.{64})',
}
_NEVER_NULL = ("at", "kind", "actor")


def _part(name: str) -> str:
    found = f"substring({_TEXT} FROM '{_PARTS[name]}')"
    return f"coalesce({found}, '')" if name in _NEVER_NULL else found


_REFUSAL = f"""right({_part("kind")}, 8) = '.refused' OR {_TEXT} ~ '"reason":"refused"'"""
_COLUMNS = {name: f"""TEXT COLLATE "C" GENERATED ALWAYS AS ({_part(name)})""" for name in _PARTS}
_COLUMNS["refused"] = f"INTEGER GENERATED ALWAYS AS (CASE WHEN {_REFUSAL} THEN 1 ELSE 0 END)"
_INDICES = (
    ("ledger_kind", "kind, at, position", ""),
    ("ledger_actor", "actor, kind, at, position", ""),
    ("ledger_recording", "recording, at, position", "WHERE recording IS NOT NULL"),
    ("ledger_person", "person, at, position", "WHERE person IS NOT NULL"),
    ("ledger_refused", "at, position", "WHERE refused = 1"),
)


def upgrade() -> None:
    """Add the columns, which the role that works may read and nobody can write, and the index."""
    columns = ", ".join(f"ADD COLUMN {name} {how} STORED" for name, how in _COLUMNS.items())
    op.execute(f"ALTER TABLE sottovoce.ledger_entry {columns}".replace(":", r"\:"))
    for name, on, where in _INDICES:
        op.execute(f"CREATE INDEX {name} ON sottovoce.ledger_entry (tenant, {on}) {where}")
