"""What a running program holds: file descriptors by what they are, threads, memory. From /proc."""
import contextlib
import os
import pathlib


def _tcp():
    """inode -> (local port, remote port) of every TCP socket."""
    out = {}
    for line in pathlib.Path("/proc/self/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        out[fields[9]] = tuple(int(address.rpartition(":")[2], 16) for address in fields[1:3])
    return out


def _descriptors(pid, database_ports, vendor_port, own_port):
    sockets = _tcp()
    out = {"database": 0, "vendor": 0, "inbound": 0, "other": 0}
    for entry in os.scandir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(entry.path)
        except FileNotFoundError:
            continue
        local, remote = sockets.get(target.removeprefix("socket:[").removesuffix("]"), (0, 0))
        out["database" if remote in database_ports else "vendor" if remote == vendor_port else
            "inbound" if local == own_port and remote else "other"] += 1
    return out


def held_by(pid, database_ports, vendor_port, own_port):
    """{"database", "vendor", "inbound", "other", "threads", "rss_kb"}. other: what should never change, epoll, timers, listeners, logs. The
    programs let nobody look into them, so only root sees more than threads and memory."""
    out = {}
    with contextlib.suppress(PermissionError):
        out = _descriptors(pid, database_ports, vendor_port, own_port)
    status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)
    return out | {"threads": int(status["Threads"]), "rss_kb": int(status["VmRSS"].split()[0])}
