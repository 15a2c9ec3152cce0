"""Open the office of a measure: a service of two processes, and who draws, decides and watches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg

from bench.redraw.draft import shapes_of
from bench.redraw.lines import Line, Server, lines_to_each
from bench.workplace import Service, Workplace
from geo.redraw.sheet import Sheet

SERVERS = 2
Database = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Office:
    """Hold a line of each role to each server process, and two connections to the database."""

    author: Sequence[Line]
    decider: Sequence[Line]
    watchers: Sequence[Line]
    connection: Database
    listener: Database
    service: Service
    township: str

    def sheet(self, server: int = 0) -> Sheet:
        """Return the boundaries in force as one of the server processes serves them."""
        return Sheet(shapes_of(self.watchers[server].need("GET", "/v1/areas.geojson")))

    def buildings(self, area: str) -> dict[str, tuple[float, float]]:
        """Return where the buildings of an area are, by id."""
        rows = self.connection.execute(
            "SELECT id, lon, lat FROM buildings WHERE community_code ^@ %s", (area,)
        ).fetchall()
        return {str(name): (float(str(lon)), float(str(lat))) for name, lon, lat in rows}


@contextmanager
def open_office(workplace: Workplace) -> Iterator[Office]:
    """Serve the demo county by two processes for the length of the block."""
    with ExitStack() as stack:
        service = stack.enter_context(workplace.service(SERVERS))

        def lines(role: str) -> Sequence[Line]:
            server = Server(service.port, service.pid, workplace.login(service.port, role))
            return stack.enter_context(lines_to_each(server, SERVERS))

        yield Office(
            author=lines("township_admin"),
            decider=lines("county_admin"),
            watchers=lines("dispatcher"),
            connection=stack.enter_context(workplace.connect()),
            listener=stack.enter_context(workplace.connect()),
            service=service,
            township=workplace.credentials()["township_admin"]["area"],
        )
