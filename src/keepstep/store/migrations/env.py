"""What Alembic runs: the migrations, inside the transaction of the connection it is given."""  # noqa: INP001 - run by path, never imported

from alembic import context
from sqlalchemy import Connection

from keepstep.store.tables import VERSION_TABLE
from keepstep.store.tables_events import METADATA


def run() -> None:
    """Run the migrations on the connection that `store.upgrade` passes."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=METADATA, version_table=VERSION_TABLE)
    with context.begin_transaction():
        context.run_migrations()


run()
