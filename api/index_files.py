"""Keep the index of each set of boundaries as a file, shared by all processes of a machine.

A file is named after the shapes it was made of, as the database hashes them, and says the same
inside: another database, another revision or a restored backup finds its own, and a file under a
name that is not its own is none. A process that starts maps the file instead of reading and
indexing the county; a file that is damaged or another's is put aside, and the index is built anew.
Writing goes on beside the work: a publication has long answered when its file appears, and a crash
in the middle leaves a name that nobody reads.
"""

from __future__ import annotations

import fcntl
import logging
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from geo.errors import CoverageError
from geo.locate.index import GridIndex
from geo.locate.index_file import VERSION

_LOG = logging.getLogger(__name__)
# The sets in force today and on the dates that people ask for.
_MOST_FILES: Final = 6
_ABANDONED_S: Final = 3600
# A publication is taken in within milliseconds; its file is for those who start later.
_AFTER_S: Final = 2.0


class IndexFiles:
    """Hold the folder of the files; ``None`` keeps none."""

    def __init__(self, folder: Path | None, *, after_s: float = _AFTER_S) -> None:
        """Touch nothing before there is something to keep; ``after_s`` is how long that waits."""
        self._folder = folder
        self._after_s = after_s

    def path_of(self, fingerprint: str) -> Path | None:
        """Return where the index of these shapes is kept, None when none is."""
        return None if self._folder is None else self._folder / f"{fingerprint}.v{VERSION}.index"

    def open(self, fingerprint: str) -> GridIndex | None:
        """Return the kept index of these shapes; None when there is none that is whole."""
        path = self.path_of(fingerprint)
        if path is None:
            return None
        try:
            if not path.exists():
                return None
            index = GridIndex.open(path, made_of=fingerprint)
            # What is used stays: questions about many past dates must not push it out. When it was
            # written stays as well: by that it is known whether somebody has written to it since.
            with suppress(OSError):
                os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
            return index
        except OSError as error:
            # A folder of another account, as after a command that root ran.
            _LOG.warning("no index file is read: %s", error.strerror)
            return None
        except CoverageError as error:
            _LOG.warning("an index file is put aside and made anew: %s", error.message)
            # Where nothing may be written it stays, and is passed over at each start.
            with suppress(OSError):
                path.unlink(missing_ok=True)
            return None

    def keep(self, fingerprint: str, index: GridIndex) -> None:
        """Write the index unless it is kept already or another process is writing.

        A file that cannot be written costs the next start its time, and nobody an answer: it is
        logged, not raised.
        """
        path = self.path_of(fingerprint)
        if path is None:
            return
        try:
            if path.exists():
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            with _alone(path.parent) as mine:
                if mine and not path.exists():
                    index.save(path, made_of=fingerprint)
                    self._tidy(path)
        except OSError as error:
            _LOG.warning("the index is not kept in a file: %s", error.strerror)
        except CoverageError as error:
            _LOG.warning("the index is not kept in a file: %s", error.message)

    def keep_beside(self, find: Callable[[], str | None], index: GridIndex) -> None:
        """Do the same in a thread of its own; ``find`` gives the fingerprint, or None for no."""
        if self._folder is not None:
            threading.Thread(target=self._keep_found, args=(find, index), daemon=True).start()

    def _keep_found(self, find: Callable[[], str | None], index: GridIndex) -> None:
        # First let every process take the publication in: they share the cores with this.
        time.sleep(self._after_s * random.uniform(1.0, 2.0))  # noqa: S311 - not all at one time
        try:
            fingerprint = find()
        except Exception:  # noqa: BLE001 - the database may be gone by now; the next start builds
            _LOG.info("the index is not kept in a file: the database does not answer")
            return
        if fingerprint is not None:
            self.keep(fingerprint, index)

    def _tidy(self, newest: Path) -> None:
        """Remove the oldest files beyond a few, and what a crash left half written."""
        files = sorted(
            newest.parent.glob("*.index"), key=lambda path: path.stat().st_atime, reverse=True
        )
        for path in files[_MOST_FILES:]:
            path.unlink(missing_ok=True)
        for path in newest.parent.glob(".*.partial"):
            if time.time() - path.stat().st_mtime > _ABANDONED_S:
                path.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Say whether no other process of the machine is writing; it need not be written twice."""
    with (folder / ".writing").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
