"""What alembic runs: all versions in one transaction, on the connection that it is given."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table_schema="sottovoce")
with context.begin_transaction():
    context.run_migrations()
