"""The sender's side: approvals signed as Standard Webhooks does, and plain HTTP."""
import base64
import contextlib
import datetime
import hashlib
import hmac
import http.client
import json
import time
import urllib.parse
import uuid

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:200]!r}"


def http_call(method, url, body=None, headers=None, timeout_s=10):
    """One request on a connection of its own. OSError or HTTPException when the other side is not there."""
    at = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=timeout_s)
    with contextlib.closing(connection):
        target = at.path + ("?" + at.query if at.query else "")
        connection.request(method, target, body=body, headers=headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read().decode("utf-8", "replace"))


def signed_headers(body, delivery_id, secret=SECRET, at=None):
    stamp = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{delivery_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {"webhook-id": delivery_id, "webhook-timestamp": stamp, "content-type": "application/json",
            "webhook-signature": "v1," + base64.b64encode(mac).decode()}


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def approval(app, seat, flag_epoch, callback_url, **changes):
    """The body of a seat.removal.approved event that passes every guard; changes replace or (None) remove fields of data."""
    now = datetime.datetime.now(datetime.timezone.utc)
    data = {
        "approval_id": "apr_" + uuid.uuid4().hex[:12], "app": app, "seat": seat, "flag_epoch": flag_epoch, "subject": seat,
        "approver": "it.lead@example.com", "requester": "finops@example.com", "callback_url": callback_url,
        "reason": "unused for 90 days", "approved_at": iso(now), "expires_at": iso(now + datetime.timedelta(days=1)),
    }
    data.update(changes)
    data = {name: value for name, value in data.items() if value is not None}
    return json.dumps({"type": "seat.removal.approved", "timestamp": iso(now), "data": data}).encode()
