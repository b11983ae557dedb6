#!/usr/bin/env python3
"""Holds reclaim-sandbox to its own rules: selftest.py path/to/reclaim-sandbox. Standard library only.

The judge of the tests needs a judge too. It starts the program on a free port, plays every client it must accept or
refuse, meets every fault kind, and compares the log with what it saw.
"""
import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile

import selftest_vendors  # noqa: F401  the order of these imports is the order of the tests
import selftest_oauth  # noqa: F401
import selftest_faults  # noqa: F401
from selftest_client import TESTS, Sandbox, eventually, expect, fails, held, test


@test
def control_hides_from_clients(s):
    expect("no header", s.ask("GET", "/_sandbox/ledger").status, 404)
    expect("logged", (s.last()["vendor"], s.last()["op"]), ("unknown", "unknown.path"))
    expect("unknown", s.control("GET", "/nothing").status, 404)


@test
def many_seats_are_assigned_at_once(s):
    expect("count", s.control("POST", "/okta/assign", {"app": "slack", "prefix": "m", "from": 1, "count": 30000}).json["assigned"], 30000)
    expect("last", s.okta("GET", "/apps/slack/users/m30000").status, 200)
    assert len(s.control("GET", "/okta/assignments?app=slack").json["users"]) >= 30000


@test
def one_connection_carries_many_requests(s):
    with socket.create_connection(("127.0.0.1", s.port), 5) as raw:
        one = b"GET /api/v1/apps/figma HTTP/1.1\r\nHost: x\r\nAuthorization: SSWS t0ken\r\n\r\n"
        raw.sendall(one * 20)
        seen = b""
        while seen.count(b"HTTP/1.1 200 OK") < 20:
            seen += raw.recv(1 << 16)
    with socket.create_connection(("127.0.0.1", s.port), 5) as raw:
        raw.sendall(b"NOT HTTP AT ALL\r\n\r\n")
        assert raw.recv(4096).startswith(b"HTTP/1.1 400 ")


@test
def the_log_tells_every_call_and_its_reply(s):
    s.okta("GET", "/apps/figma")
    number = s.last()["call_no"]
    assert eventually(lambda: {"reply_of": number, "replied": True} in s.lines())
    calls = s.calls()
    expect("numbers", sorted(c["call_no"] for c in calls), list(range(1, number + 1)))
    assert all(c["at_us"] >= c["arrived_us"] > 1.6e15 for c in calls)
    assert {c["effect"] for c in calls} == {"applied", "none", "refused"}
    replies = [line["reply_of"] for line in s.lines() if "reply_of" in line]
    expect("one reply line per call", sorted(replies), list(range(1, number + 1)))
    ledger = s.control("GET", "/ledger").json
    expect("ledger", (ledger["total"], sum(c["count"] for c in ledger["counts"])), (number, number))


def run_tls(binary, folder):
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    s = Sandbox(binary, folder, "--tls-cert", cert, "--tls-key", key)
    try:
        assert s.ready.startswith("sandbox listening on https://127.0.0.1:"), s.ready
        context = ssl.create_default_context(cafile=cert)
        def ask(method, path, body=None, timeout=5, **headers):
            with contextlib.closing(http.client.HTTPSConnection("127.0.0.1", s.port, context=context, timeout=timeout)) as connection:
                connection.request(method, path, body, {n.replace("_", "-"): v for n, v in headers.items()})
                return connection.getresponse().status
        expect("tls", ask("GET", "/api/v1/apps/figma", Authorization="SSWS t0ken"), 200)
        rules = json.dumps({"rules": [{"on": "okta.get_app", "kind": "hold"}]})
        expect("faults", ask("PUT", "/_sandbox/faults", rules, Sandbox_Control="yes"), 200)
        fails(lambda: ask("GET", "/api/v1/apps/figma", timeout=0.3, Authorization="SSWS t0ken"), TimeoutError)
        assert eventually(lambda: s.last()["fault"] == "hold"), "a held TLS client that left must be noticed"
    finally:
        s.process.send_signal(signal.SIGTERM)
    expect("exit", s.process.wait(5), 0)


def run_shutdown(s):
    with socket.create_connection(("127.0.0.1", s.port), 5) as idle:
        s.control("PUT", "/faults", {"rules": [{"on": "okta.get_app", "kind": "hold"}]})
        idle.sendall(b"GET /api/v1/apps/figma HTTP/1.1\r\nHost: x\r\n\r\n")
        assert eventually(lambda: held(s) == 1)
        s.process.send_signal(signal.SIGTERM)
        expect("exit code", s.process.wait(5), 0)
    expect("stdout", s.process.stdout.read(), "")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: selftest.py path/to/reclaim-sandbox")
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as tls_folder:
        s = Sandbox(sys.argv[1], folder)
        steps = [(t.__name__, lambda t=t: t(s)) for t in TESTS]
        steps.append(("sigterm_ends_it_cleanly", lambda: run_shutdown(s)))
        steps.append(("tls_is_served", lambda: run_tls(sys.argv[1], tls_folder)))
        try:
            for name, step in steps:
                try:
                    step()
                    passed += 1
                except Exception as error:  # a broken test must not hide the others
                    failed += 1
                    print(f"FAILED {name.replace('_', ' ')}: {type(error).__name__}: {error}")
                if s.process.poll() is None:
                    s.faults()
        finally:
            s.process.kill()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
