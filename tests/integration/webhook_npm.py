#!/usr/bin/env python3
"""The reference library that senders use signs; our receiver judges. What it signed is taken, and no byte of it may change."""
import http.client
import json
import pathlib
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test
from npm_packages import npm_packages
from webhook import SECRET, approval
from world import SOURCE, World


def npm_signature(delivery_id, timestamp, body):
    npm = npm_packages("standardwebhooks")
    message = {"secret": SECRET, "id": delivery_id, "timestamp": timestamp, "body": body.decode()}
    return subprocess.run(["node", npm / "sign.mjs"], input=json.dumps(message) + "\n", text=True, capture_output=True,
                          check=True).stdout.strip()


class Sender:
    """One signed request, sent as it is or with one part changed, over one connection."""

    def __init__(self, url, body):
        self.parts = {"id": "msg_npm-1", "timestamp": str(int(time.time())), "body": body}
        self.parts["signature"] = npm_signature(self.parts["id"], int(self.parts["timestamp"]), body)
        at = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(at.hostname, at.port, timeout=10)

    def send(self, **changed):
        parts = self.parts | changed
        headers = {"content-type": "application/json", "webhook-id": parts["id"], "webhook-timestamp": parts["timestamp"],
                   "webhook-signature": parts["signature"]}
        self.connection.request("POST", f"/v1/webhooks/{SOURCE}", parts["body"], headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())


def flipped(part, at):
    """One bit of one byte, such that a header stays a header."""
    if isinstance(part, bytes):
        return part[:at] + bytes([part[at] ^ 1]) + part[at + 1:]
    return part[:at] + chr(ord(part[at]) ^ 1) + part[at + 1:]


@test
def what_the_npm_package_signed_is_accepted_and_no_byte_of_it_may_change():
    with World() as world:
        world.start_receiver()
        body = approval("figma", "zoë@example.com", 1, None, reason="unused – 90 days 🔒")
        sender = Sender(world.receiver_url, body)
        first = sender.send()
        expect("the untouched request", first[0], 202)
        for name, part in sender.parts.items():
            for at in range(len(part)):
                status, answer = sender.send(**{name: flipped(part, at)})
                expect(f"{name} flipped at {at}", (status, answer["title"]), (401, "Unauthorized"))
        again = sender.send()
        expect("the untouched request again", (again[0], again[1]["duplicate"]), (202, True))
        expect("jobs", world.db.value("select count(*) from reclaim.job"), 1)


main()
