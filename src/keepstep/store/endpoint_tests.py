"""The tests of endpoints: what was tested, when, by whom, with what result."""

import json
from collections.abc import Sequence

from sqlalchemy import select

from keepstep.core.endpoint_test import EndpointTest
from keepstep.store.database import Database
from keepstep.store.tables import ENDPOINT_TESTS as TABLE
from keepstep.store.tables import storable


class SqlEndpointTests:
    """Keeps the newest test of each endpoint for each form it had."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, test: EndpointTest) -> None:
        """Keep *test* in place of an earlier one of the same."""
        place = {"connection": test.connection, "endpoint": test.endpoint, "digest": test.digest}
        row = {"good": int(test.good), "records": test.records, "at": test.at, "operator": storable(test.operator)}
        row["fields"] = json.dumps(test.fields)
        statement = self._database.insert(TABLE).values(**place, **row)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=list(place), set_=row))

    def of(self, connection: str, endpoint: str) -> Sequence[EndpointTest]:
        """Return the tests of one endpoint, newest first."""
        wanted = (TABLE.c.connection == connection, TABLE.c.endpoint == endpoint)
        with self._database.read() as opened:
            rows = opened.execute(select(TABLE).where(*wanted).order_by(TABLE.c.at.desc())).all()
        return [
            EndpointTest(
                connection=row.connection,
                endpoint=row.endpoint,
                digest=row.digest,
                good=bool(row.good),
                records=row.records,
                at=row.at,
                operator=row.operator,
                # of tests before 0019 nothing is known
                fields=tuple(json.loads(row.fields or "[]")),
            )
            for row in rows
        ]
