"""PostgreSQL for tests: one server a session, started by who needs it first; a database of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from bot.records.store import Store
from tests.servers import postgres_server

_SCHEMA = "with_schema"


class Databases:
    """The databases of one server."""

    def __init__(self, url: str) -> None:
        self._server = url.rpartition("/")[0]
        self._numbers = itertools.count(1)
        self._run(f"CREATE DATABASE {_SCHEMA}")
        Store(self._address(_SCHEMA)).close()

    @contextmanager
    def fresh(self, template: str = _SCHEMA) -> Iterator[str]:
        """The address of a database that is gone afterwards: with our tables, or `template1` for one without any."""
        name = f"test{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self._address(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _address(self, name: str) -> str:
        return f"{self._server}/{name}"

    def _run(self, sql: str) -> None:
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(sql.encode())


_DATABASES = pytest.StashKey[Databases]()


def databases(config: pytest.Config) -> Databases:
    """Those of this session."""
    if _DATABASES not in config.stash:
        running = ExitStack()
        config.add_cleanup(running.close)
        config.stash[_DATABASES] = Databases(running.enter_context(postgres_server()))
    return config.stash[_DATABASES]
