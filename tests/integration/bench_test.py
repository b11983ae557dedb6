#!/usr/bin/env python3
"""The benchmark's harness, without a benchmark: that its load generator ends and counts, so that figures can be believed."""
import json
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BIN, expect, main, test
from webhook import SECRET

LOAD = BIN / "tests" / "bench" / "reclaim-load"
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"


def start_load(port, *more):
    with tempfile.NamedTemporaryFile("w", suffix=".secret", delete=False) as secret:
        secret.write(SECRET)
    process = subprocess.Popen([LOAD, "--url", f"http://127.0.0.1:{port}/v1/webhooks/itsm", "--secret-file", secret.name, "--json",
                                *map(str, more)], stdout=subprocess.PIPE, text=True)
    process.secret = pathlib.Path(secret.name)
    return process


def end_of(process):
    try:
        out, _ = process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise AssertionError("the load generator did not end") from None
    finally:
        process.secret.unlink()
    return json.loads(out)


@test
def the_load_generator_ends_when_its_last_answer_and_its_clock_come_together():
    for _ in range(5):
        with socket.create_server(("127.0.0.1", 0)) as server:
            load = start_load(server.getsockname()[1], "--requests", 1)
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                load.send_signal(signal.SIGSTOP)
                time.sleep(0.4)  # past its check for overdue answers: both wait for it when it wakes
                connection.sendall(ACCEPTED)
                load.send_signal(signal.SIGCONT)
                expect("statuses", end_of(load)["statuses"], {"202": 1})


@test
def requests_to_a_closed_port_are_counted_as_unanswered_and_none_as_accepted():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    seen = end_of(start_load(port, "--requests", 20, "--connections", 4))
    expect("statuses", seen["statuses"], {"0": 20})
    expect("accepted/s", seen["accepted_per_second"], 0)


main()
