"""PostgreSQL for test scripts: a private cluster (deploy/cluster), databases cloned from a migrated one, and queries."""
import json
import os
import pathlib
import shutil
import subprocess
import uuid

from harness import REPO, scratch_folder

TEMPLATE = "reclaim_template"  # tests/run makes it on the shared cluster
# Another folder lets a campaign judge a changed queue; on a cluster that has no template yet.
SQL = pathlib.Path(os.environ.get("RECLAIM_SQL_DIR", REPO / "sql"))


def quoted(value):
    """A Python value as an SQL literal."""
    if value is None:
        return "null"
    if isinstance(value, (bool, int, float)):
        return str(value)
    text = json.dumps(value) if isinstance(value, (dict, list)) else str(value)
    # An escape string, so that the meaning of a backslash does not hang on a setting.
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


class SqlError(Exception):
    pass


class Database:
    """One database by its connection string. Keeps one psql running: a query costs a round trip, not a process."""

    def __init__(self, url):
        self.url = url
        self._psql = None

    def rows(self, sql, *values):
        """The rows as dictionaries. %s in sql takes the next value. Functions and RETURNING are fine."""
        if values:
            sql = sql % tuple(quoted(value) for value in values)
        answer = self._ask(f"with q as ({sql}) select coalesce(json_agg(q), '[]') from q")
        return json.loads(answer)

    def row(self, sql, *values):
        """The one row, or None; more than one is an error of the test."""
        rows = self.rows(sql, *values)
        if len(rows) > 1:
            raise SqlError(f"{len(rows)} rows where one was expected: {sql}")
        return rows[0] if rows else None

    def value(self, sql, *values):
        row = self.row(sql, *values)
        return None if row is None else next(iter(row.values()))

    def run(self, sql, *values):
        """Statements without an answer, each in a transaction of its own."""
        if values:
            sql = sql % tuple(quoted(value) for value in values)
        self._psql_once("-f", "-", text=sql)

    def migrate(self):
        self._psql_once("-f", SQL / "migrate.psql")

    def close(self):
        if self._psql:
            self._psql.kill()
            self._psql.communicate()
            self._psql = None

    def _psql_once(self, *arguments, text=None):
        done = subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", self.url, *arguments], input=text, text=True,
                              capture_output=True, check=False)
        if done.returncode:
            raise SqlError(done.stderr.strip())

    def _ask(self, sql):
        if not self._psql or self._psql.poll() is not None:
            self._psql = subprocess.Popen(["psql", "-XAtq", "-v", "VERBOSITY=verbose", self.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                          stderr=subprocess.STDOUT, text=True)
        end = f"-- {uuid.uuid4()}"
        lines = []
        try:
            self._psql.stdin.write(f"{sql};\n\\echo '{end}'\n")
            self._psql.stdin.flush()
            for line in self._psql.stdout:
                if line.rstrip("\n") == end:
                    break
                lines.append(line)
            else:
                raise BrokenPipeError
        except BrokenPipeError:
            self.close()
            raise SqlError("the connection is gone: " + "".join(lines)) from None
        answer = "".join(lines)
        if not answer.startswith("["):
            self.close()
            raise SqlError(f"{answer.strip()}\nin: {sql}")
        return answer


class Cluster:
    """A PostgreSQL server. shared(): the one tests/run started. private(): one of its own, for tests that end it."""

    def __init__(self, url, folder=None):
        self.url = url
        self.folder = folder
        self.admin = Database(url)
        self._databases = []

    @classmethod
    def shared(cls):
        url = os.environ.get("RECLAIM_TEST_DATABASE")
        return cls(url) if url else cls.private()

    @classmethod
    def private(cls, **settings):
        folder = scratch_folder("pg")
        more = [argument for name, value in settings.items() for argument in ("--set", f"{name}={value}")]
        return cls(_cluster("start", folder, *more), folder)

    def start(self):
        _cluster("start", self.folder)

    def stop(self):
        self._end("stop")

    def crash(self):
        self._end("crash")

    def kill9(self):
        self._end("kill9")

    def destroy(self):
        """Of the shared cluster only the connections are given back."""
        for database in (self.admin, *self._databases):
            database.close()
        if self.folder:
            _cluster("destroy", self.folder)
            shutil.rmtree(self.folder, ignore_errors=True)

    def fresh_database(self, template=TEMPLATE):
        """With a name of its own; migrated and empty, or as the template that a test has made by keep_as_template()."""
        if template == TEMPLATE and not self.admin.value("select 1 from pg_database where datname = %s", TEMPLATE):
            self.admin.run(f"create database {TEMPLATE}")
            Database(self.url_of(TEMPLATE)).migrate()
        name = "t" + uuid.uuid4().hex[:12]
        # A database copied through the log starts with sequences whose next values are not in it: a crash before the next checkpoint
        # takes back numbers that were given out and committed. Copied as files, which makes a checkpoint, it is like any other.
        strategy = "" if template == TEMPLATE else "strategy file_copy"
        self.admin.run(f"create database {name} template {template} {strategy}")
        self._databases.append(Database(self.url_of(name)))
        return self._databases[-1]

    def keep_as_template(self, database, name):
        """The database as it is now, for fresh_database(); it is gone under its own name."""
        database.close()
        self.admin.run(f"alter database {database.url.rpartition('/')[2]} rename to {name}")

    def drop(self, database):
        database.close()
        self.admin.run(f"drop database if exists {database.url.rpartition('/')[2]} with (force)")

    def url_of(self, name):
        return self.url.rpartition("/")[0] + "/" + name

    def _end(self, how):
        # Their next query connects anew instead of meeting a dead connection.
        for database in (self.admin, *self._databases):
            database.close()
        _cluster(how, self.folder)


def _cluster(verb, folder, *more):
    done = subprocess.run([REPO / "deploy" / "cluster", verb, folder, *more], text=True, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"deploy/cluster {verb}: {done.stderr.strip()}")
    return done.stdout.strip()
