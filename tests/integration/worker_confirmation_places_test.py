#!/usr/bin/env python3
"""Where confirmations go and in which form: endpoints that want another one, public keys, and names that lead where they may not."""
import contextlib
import http.server
import json
import pathlib
import re
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BIN, REPO, Skip, expect, main, test
from programs import Program
from sender_examples import TEXT_KEY, Example
from webhook import http_call
from world import SOURCE, World


class Requester(contextlib.ExitStack):
    """A requester that keeps each request as it came. certificate: (chain, key) files make it speak TLS."""

    def __init__(self, certificate=None):
        super().__init__()
        self.got = []
        self.connections = 0
        requester = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                requester.got.append((self.path, dict(self.headers.items()), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def get_request(self):
                connected = super().get_request()
                requester.connections += 1
                return connected

        self.server = Server(("127.0.0.1", 0), Handler)
        self.callback(self.server.server_close)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.callback(self.server.shutdown)
        self.port = self.server.server_address[1]


def endpoint(world, *lines):
    """The change that gives the source an endpoint with these lines."""
    return (f'url = "{world.sandbox.url}/requester/{SOURCE}"\nsecret_file = "webhook.secret"', "\n".join(lines))


def documented(name):
    """The shell block of SENDERS.md that is marked so."""
    page = (REPO / "docs" / "SENDERS.md").read_text(encoding="utf-8")
    return re.search(rf"^```sh run={name}\n(.*?)^```", page, re.S | re.M).group(1)


def shell(text, folder, **variables):
    return subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=folder, env={"PATH": "/usr/bin:/bin", **variables}, text=True,
                          capture_output=True, check=False)


@test
def a_key_made_as_the_page_says_signs_what_the_page_verifies():
    with World() as world, Requester() as requester:
        made = shell(documented("new-key"), world.folder)
        expect("the key is made: " + made.stderr, made.returncode, 0)
        # Rotated in: the requester still knows the shared secret, and is sent both.
        world.start_worker(changes=[endpoint(world, f'url = "http://127.0.0.1:{requester.port}/in"',
                                             'secret_files = ["itsm-confirm.secret", "webhook.secret"]')])
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        ((_, headers, body),) = requester.got
        signed = {name.removeprefix("webhook-"): value for name, value in headers.items() if name.startswith("webhook-")}
        expect("signatures", [each.split(",")[0] for each in signed["signature"].split(" ")], ["v1a", "v1"])
        (world.folder / "body").write_bytes(body)
        good = shell(documented("verify"), world.folder, **signed)
        expect("the page's commands: " + good.stderr, good.stdout.strip(), "Signature Verified Successfully")
        (world.folder / "body").write_bytes(body.replace(b"removed", b"remoued"))
        expect("of another body", shell(documented("verify"), world.folder, **signed).returncode, 1)
        (world.folder / "body").write_bytes(body)
        signed["timestamp"] = str(int(signed["timestamp"]) + 1)
        expect("of another time", shell(documented("verify"), world.folder, **signed).returncode, 1)


@test
def plain_and_slack_are_the_same_confirmation_in_other_forms():
    with World() as world:
        seen = {}
        for form in ("standard", "plain", "slack"):
            with Requester() as requester:
                world.write_secret("slack.url", f"http://127.0.0.1:{requester.port}/services/x")
                lines = ['url_file = "slack.url"', f'format = "{form}"'] + ([] if form == "slack" else ['secret_file = "webhook.secret"'])
                worker = world.start_worker(changes=[endpoint(world, *lines)])
                job = world.enqueue("figma", "ada<!channel>" + form)
                world.wait_finished(job)
                expect("ended", worker.terminate(), 0)
                ((path, headers, body),) = requester.got
                expect("path", path, "/services/x")
                expect(f"{form}: signed", "webhook-signature" in headers, form != "slack")
                frozen = world.db.value("select body from reclaim.outbox where job_id = %s and topic = 'confirmation'", job)
                seen[form] = (json.loads(body), json.loads(frozen), body == frozen.encode())
        sent, frozen, same = seen["standard"]
        expect("standard: the frozen bytes", same, True)
        sent, frozen, _ = seen["plain"]
        expect("plain", sent, {"type": frozen["type"], "timestamp": frozen["timestamp"], **frozen["data"]})
        sent, frozen, _ = seen["slack"]
        ticket = frozen["data"]["ticket"]["identifier"]
        expect("slack", sent, {"text": "*Seat removal completed*: `ada&lt;!channel&gt;slack` in `figma`, approved by `it.lead@example.com` "
                                       f"as `{frozen['data']['approval_id']}`. Outcome: `removed`. Ticket `{ticket}`."})


def certificate_for(world, name):
    files = world.folder / "server.pem", world.folder / "server.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj",
                    "/CN=test", "-addext", f"subjectAltName=DNS:{name}", "-keyout", files[1], "-out", files[0]], check=True,
                   capture_output=True)
    return files


def start_worker_knowing(world, hosts, changes):
    """A worker whose /etc/hosts, seen by nobody else, says this about names."""
    (world.folder / "hosts").write_text("127.0.0.1 localhost\n" + hosts)
    hidden = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', world.folder / "hosts"]
    if subprocess.run([*hidden, "true"], capture_output=True, check=False).returncode:
        hidden.insert(1, "-Ur")
        if subprocess.run([*hidden, "true"], capture_output=True, check=False).returncode:
            raise Skip("no mount namespace may be made here")
    config = world.write_config("worker", "reclaim_worker", changes=changes)
    worker = world.started(Program([*hidden, BIN / "reclaim-worker", "run", "--config", config], "worker"))
    worker.wait_line("worker_started")
    return worker


@test
def a_payloads_name_that_leads_to_a_private_address_is_not_connected_to_unless_the_configuration_says_so():
    name = "hooks.partner.example"
    for hosts, private, reached in ((f"127.0.0.1 {name}\n", False, False),
                                    # One honest address does not help the other.
                                    (f"192.0.1.1 {name}\n127.0.0.1 {name}\n", False, False),
                                    (f"127.0.0.1 {name}\n", True, True)):
        with World() as world, contextlib.ExitStack() as ends:
            certificate = certificate_for(world, name)
            requester = ends.enter_context(Requester(certificate))
            changes = [endpoint(world, f'url = "{world.sandbox.url}/requester/{SOURCE}"', 'secret_file = "webhook.secret"', "[confirmation]",
                                'schedule = ["50ms"]', 'ca_file = "server.pem"', "[[confirmation.allowed_hosts]]",
                                f'host = "*.partner.example:{requester.port}"', 'secret_file = "webhook.secret"',
                                f"private_addresses = {str(private).lower()}")]
            worker = start_worker_knowing(world, hosts, changes)
            job = world.enqueue("figma", "ada", callback_url=f"https://{name}:{requester.port}/in")
            world.wait_finished(job)
            expect(f"{hosts!r}: connections", (requester.connections, len(requester.got)), (1, 1) if reached else (0, 0))
            expect("the removal stands", world.job(job)["state"], "removed")
            if not reached:
                failed = world.audit(job, "confirmation_failed")[0]
                expect("on record", failed["reason_code"], "requester_unreachable")
                why = {line["why"] for line in worker.logged("message_delayed")}
                expect("said", why, {"not connected: the name leads to a private or special address"})


@test
def a_click_in_slack_removes_a_seat_and_is_answered_where_it_was_made():
    name = "hooks.slack.com"
    with World() as world, contextlib.ExitStack() as ends:
        slack = ends.enter_context(Requester(certificate_for(world, name)))
        click = Example("slack")
        click.body = click.body.replace(b"hooks.slack.com", f"hooks.slack.com%3A{slack.port}".encode()).replace(
            b"1764010312.840180", f"{time.time():.6f}".encode())
        world.write_secret("slack.key", TEXT_KEY)
        changes = [endpoint(world, f'url = "{world.sandbox.url}/requester/{SOURCE}"', 'secret_file = "webhook.secret"', "[confirmation]",
                            'ca_file = "server.pem"', "[[confirmation.allowed_hosts]]", f'host = "{name}:{slack.port}"',
                            'format = "slack"', "private_addresses = true", click.config.replace("secrets/", ""))]
        config = world.write_config("receiver", "reclaim_receiver", changes=changes)
        receiver = world.started(Program([BIN / "reclaim-receiver", "--config", config], "receiver"))
        receiver.wait_line("receiver_started")
        port = receiver.logged("receiver_started")[0]["port"]
        start_worker_knowing(world, f"127.0.0.1 {name}\n", changes)
        world.sandbox.assign("figma", "00u1ada")
        expect("the flag epoch on the button", world.db.value("select reclaim.flag_seat('figma', 'ada@example.com', '00u1ada')"), 1)

        target, headers, body = click.request()
        answer = http_call("POST", f"http://127.0.0.1:{port}{target}", body, headers)
        expect(f"what Slack is answered: {answer}", answer.status, 200)
        job = answer.json["job_id"]
        world.wait_finished(job)
        expect("the seat is gone", world.sandbox.holds("figma", "00u1ada"), False)
        ((path, _, told),) = slack.got
        expect("where it is told", path, "/actions/T0EXAMPLE/1548426417840180/x5wUqQcP8tjJ9hVYgmXSJzTt")
        expect("what is told", json.loads(told)["text"].partition(". Ticket ")[0],
               "*Seat removal completed*: `ada@example.com` in `figma`, approved by `U0LEAD0IT` as `slack-7731`. Outcome: `removed`")


main()
