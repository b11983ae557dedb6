"""The requests of tests/integration/receiver/examples, signed as their senders sign."""
import base64
import hashlib
import hmac
import re
import time

from harness import REPO

EXAMPLES = REPO / "tests" / "integration" / "receiver" / "examples"
TEXT_KEY = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
WHSEC = "whsec_" + base64.b64encode(TEXT_KEY.encode()).decode()  # the same key, for senders that can only sign with a text


def mac(content):
    return hmac.new(TEXT_KEY.encode(), content, hashlib.sha256)


# What each scheme signs and how it writes that, told apart from the receiver's own code.
SIGNERS = {
    "standard": lambda head, stamp, body: base64.b64encode(mac(f"{head['webhook-id']}.{stamp}.".encode() + body).digest()).decode(),
    "github": lambda head, stamp, body: mac(body).hexdigest(),
    "slack": lambda head, stamp, body: mac(f"v0:{stamp}:".encode() + body).hexdigest(),
}


class Example:
    def __init__(self, name):
        self.name = name
        self.config = (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")
        scheme = re.search(r'^scheme = "(\w+)"', self.config, re.M)
        self.scheme = scheme.group(1) if scheme else "standard"
        head, _, body = (EXAMPLES / f"{name}.http").read_bytes().partition(b"\n\n")
        self.lines = head.decode().split("\n")
        self.body = body.removesuffix(b"\n")

    def request(self, delivery_id="evt-1", at=None, change=lambda body: body):
        """(target, headers, body), signed now or at that time; change is made after signing."""
        stamp = str(int(time.time() if at is None else at))
        filled = [line.replace("{{id}}", delivery_id).replace("{{timestamp}}", stamp) for line in self.lines[1:]]
        head = {name.lower(): value for name, value in (line.split(": ", 1) for line in filled)}
        signature = SIGNERS[self.scheme](head, stamp, self.body)
        headers = {name: value.replace("{{signature}}", signature) for name, value in head.items()}
        headers["content-length"] = str(len(self.body))
        return self.lines[0].split()[1], headers, change(self.body)
