"""Tell every process, with the commit of a publication, what it changed: signed, in one message.

Between a commit and the first answer from it stood a round trip to the database in each process,
all of them at once. Whoever publishes reads the same row in its own transaction and puts it into
the announcement that PostgreSQL delivers with the commit, and only with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from api.db import told_store
from api.db.area_store import RevisionRow
from api.db.engine import Connection
from api.db.news_store import News, try_news
from api.db.told_store import content_of, news_of, shapes_sha256
from api.privacy.vault import Vault


@dataclass(frozen=True, slots=True)
class Told:
    """Hold what a commit tells: the news, shapes by their hash alone, and what they follow on.

    ``base`` is the revision that was in force, ``coming`` those that were to come, by name.
    """

    base: str
    coming: tuple[str, ...]
    shapes_sha256: str
    news: News

    def follows(self, begun: Sequence[RevisionRow], revisions: Sequence[RevisionRow]) -> bool:
        """Say whether it is told of these: ``begun`` are the first of ``revisions``."""
        coming = tuple(row.name for row in revisions[len(begun) :])
        return bool(begun) and begun[-1].name == self.base and coming == self.coming


@dataclass(frozen=True, slots=True)
class Believed:
    """Hold what was taken in as it was told, until the database has said the same.

    ``since`` is the instant of the revision it followed on.
    """

    since: datetime
    coming: tuple[str, ...]
    news: News

    def is_stored(self, stored: News | None) -> bool:
        """Say whether the database holds it; ``stored`` is what it says of ``since``."""
        if stored is None or stored.revision != self.news.revision:
            return False
        if stored.numbers == self.news.numbers:
            return _sorted(stored) == _sorted(self.news)
        # More has happened since, which may have changed the names of areas.
        newer = all(stored.numbers.get(k, -1) >= n for k, n in self.news.numbers.items())
        return newer and stored.shapes == self.news.shapes


def _sorted(news: News) -> News:
    # Areas come in no order of their own.
    return replace(news, areas=tuple(sorted(news.areas, key=lambda row: row.code)))


def tell_with_commit(
    connection: Connection, vault: Vault, before: Sequence[RevisionRow], at: datetime
) -> None:
    """Tell all who listen what the transaction has changed, when and if it is committed.

    ``before`` are the revisions that there were, ``at`` the instant of the one that is new. Nothing
    of the publication fails with it: whoever is not told, or cannot be sure, asks the database.
    """
    begun = [row for row in before if row.effective_at < at]
    if not begun:
        return
    coming = tuple(row.name for row in before[len(begun) :])
    news = try_news(connection, begun[-1].effective_at, coming)
    if news is None or news.revision is None:
        return
    content = content_of(begun[-1].name, coming, shapes_sha256(news.shapes), news)
    tag = vault.tag_of(content)
    if tag is not None:
        told_store.tell(connection, f"{tag} {content.decode()}")


def read_told(payload: str, vault: Vault) -> Told | None:
    """Return what is told, None where nobody with our key has told it."""
    tag, _, content = payload.partition(" ")
    if not vault.is_tagged(content.encode(), tag):
        return None
    return Told(*news_of(content))
