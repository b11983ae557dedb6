"""PgBouncer in transaction mode between the workers and the database of a World."""
import os
import shutil
import socket

from harness import Skip
from programs import Program

POOLED = (("[database]\n", "[database]\npooled = true\n"),)  # for World.start_worker(changes=...)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_pgbouncer(world):
    """The connection string of the world's database through a pool of few server connections."""
    pgbouncer = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")  # not in a user's path
    if not pgbouncer:
        raise Skip("pgbouncer is not installed")
    port, server = free_port(), world.db.url.rpartition("@")[2]
    host_port, _, name = server.partition("/")
    users = world.folder / "users.txt"
    users.write_text('"reclaim_worker" ""\n')
    settings = world.folder / "pgbouncer.ini"
    settings.write_text(f"""\
[databases]
{name} = host=127.0.0.1 port={host_port.partition(":")[2]}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = transaction
default_pool_size = 3
""")
    pool = world.started(Program([pgbouncer, *(["-u", "nobody"] if os.geteuid() == 0 else []), settings], "pgbouncer"))
    pool.wait_line("process up")
    return f"postgresql://reclaim_worker@127.0.0.1:{port}/{name}"
