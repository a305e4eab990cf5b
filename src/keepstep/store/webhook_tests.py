"""The tests of webhooks: what was tested, when, by whom, live or not, with what result."""

from collections.abc import Sequence

from sqlalchemy import select

from keepstep.core.webhook_test import WebhookTest
from keepstep.store.database import Database
from keepstep.store.tables import WEBHOOK_TESTS as TABLE
from keepstep.store.tables import storable


class SqlWebhookTests:
    """Keeps the newest test of each webhook for each form it had; a live one is not forgotten for one that is not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, test: WebhookTest) -> None:
        """Keep *test* in place of an earlier one of the same, unless that one was live and *test* is not."""
        place = {"connection": test.connection, "webhook": test.webhook, "digest": test.digest}
        row = {"good": int(test.good), "live": int(test.live), "at": test.at, "operator": storable(test.operator)}
        statement = self._database.insert(TABLE).values(**place, **row)
        with self._database.write() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=list(place), set_=row, where=TABLE.c.live <= statement.excluded.live
                )
            )

    def of(self, connection: str, webhook: str) -> Sequence[WebhookTest]:
        """Return the tests of one webhook, newest first."""
        wanted = (TABLE.c.connection == connection, TABLE.c.webhook == webhook)
        with self._database.read() as opened:
            rows = opened.execute(select(TABLE).where(*wanted).order_by(TABLE.c.at.desc())).all()
        return [
            WebhookTest(
                connection=row.connection,
                webhook=row.webhook,
                digest=row.digest,
                good=bool(row.good),
                live=bool(row.live),
                at=row.at,
                operator=row.operator,
            )
            for row in rows
        ]
