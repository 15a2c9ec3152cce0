"""Open the office of a measure: a service of two processes, and who draws, decides and watches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.processes import NotMeasured
from bench.redraw.announced import noted
from bench.redraw.draft import shapes_of
from bench.redraw.in_force import FOLDER, PROGRAM
from bench.redraw.lines import Line, Server, lines_to_each
from bench.workplace import Service, Workplace
from geo.redraw.sheet import Sheet

SERVERS = 2
Database = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Office:
    """Hold a line of each role to each server process, and a connection to the database."""

    author: Sequence[Line]
    decider: Sequence[Line]
    watchers: Sequence[Line]
    connection: Database
    announced: Path
    service: Service
    township: str
    instants: Path

    def committed_at(self, revision: str) -> float:
        """Return when a revision's commit was written down, in seconds of the calendar's clock.

        Nobody can see it before: it is not yet on the disk then.
        """
        row = self.connection.execute(
            "SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 "
            "FROM boundary_revisions WHERE name = %s",
            (revision,),
        ).fetchone()
        if row is None:
            raise NotMeasured(f"the database knows no revision {revision}")
        return float(str(row[0]))

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
        workplace.keep_commit_times()
        instants = workplace.folder / "in-force"
        instants.mkdir(exist_ok=True)
        announced = stack.enter_context(noted(workplace.conninfo(), instants, workplace.log))
        extra = {FOLDER: str(instants)}
        service = stack.enter_context(workplace.service(SERVERS, extra, PROGRAM))

        def lines(role: str) -> Sequence[Line]:
            server = Server(service.port, service.pid, workplace.login(service.port, role))
            return stack.enter_context(lines_to_each(server, SERVERS))

        yield Office(
            author=lines("township_admin"),
            decider=lines("county_admin"),
            watchers=lines("dispatcher"),
            connection=stack.enter_context(workplace.connect()),
            announced=announced,
            service=service,
            township=workplace.credentials()["township_admin"]["area"],
            instants=instants,
        )
