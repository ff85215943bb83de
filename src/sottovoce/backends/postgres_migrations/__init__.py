"""The tables of a vault on PostgreSQL, version by version."""
