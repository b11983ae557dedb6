"""A sender as approval tools are: signed requests on keep-alive connections, sent again with the same id until they are taken."""
import contextlib
import hashlib
import http.client
import json
import queue
import threading
import time
import urllib.parse
import uuid

from webhook import signed_headers

RETRY_S = 0.25
ANSWER_S_MAX = 10


class ApprovalTool:
    """plan() what to send, start(), then wait_taken(). Every request becomes one line of the log, as the fault checker reads it."""

    def __init__(self, url, log_file, dice, duplicates=0.0, threads=8):
        self._at = urllib.parse.urlsplit(url)
        self._log = open(log_file, "a", encoding="utf-8", buffering=1)
        self._writing = threading.Lock()
        self._dice = dice
        self._duplicates = duplicates
        self._due = queue.PriorityQueue()
        self._requests = 0
        self._open = 0  # planned and not yet taken
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        self._stopping = False
        self.jobs = {}  # by approval id
        self.refusals = []  # answers that a sender would not retry

    def plan(self, body, in_s=0.0, delivery_id=None):
        with self._changed:
            self._open += 1
        self._put(time.monotonic() + in_s, body, delivery_id or "msg_" + uuid.uuid4().hex, "approved")

    def start(self):
        for thread in self._threads:
            thread.start()

    def wait_taken(self, limit_s):
        """Every planned request has been answered for good."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._open == 0, limit_s):
                raise AssertionError(f"after {limit_s} s {self._open} requests have not been taken")

    def stop(self):
        self._stopping = True
        for thread in self._threads:
            thread.join()
        self._log.close()

    def _put(self, at, body, delivery_id, kind):
        self._due.put((at, delivery_id, body, kind))

    def _work(self):
        connection = None
        while not self._stopping:
            try:
                at, delivery_id, body, kind = self._due.get(timeout=0.05)
            except queue.Empty:
                continue
            wait = at - time.monotonic()
            if wait > 0:
                # Something due earlier may come meanwhile: never sleep on it for long.
                self._put(at, body, delivery_id, kind)
                time.sleep(min(wait, 0.01))
                continue
            connection = self._send(connection, body, delivery_id, kind)
        if connection:
            connection.close()

    def _send(self, connection, body, delivery_id, kind):
        sent_us = time.time_ns() // 1000
        status, answer = 0, {}
        try:
            if not connection:
                connection = http.client.HTTPConnection(self._at.hostname, self._at.port, timeout=ANSWER_S_MAX)
            connection.request("POST", self._at.path, body, signed_headers(body, delivery_id))
            response = connection.getresponse()
            text = response.read()
            status = response.status
            answer = json.loads(text)
        except (OSError, http.client.HTTPException):
            with contextlib.suppress(OSError):
                connection.close()
            connection = None
        self._note(sent_us, delivery_id, body, status, kind)
        if status in (0, 503):
            self._put(time.monotonic() + RETRY_S, body, delivery_id, kind)
            return connection
        if status == 202:
            self.jobs[json.loads(body)["data"]["approval_id"]] = answer["job_id"]
        else:
            self.refusals.append((status, answer))
        if status == 202 and kind == "approved" and self._dice.random() < self._duplicates:
            self._put(time.monotonic() + self._dice.random() * 3, body, delivery_id, "repeat")
            return connection
        with self._changed:
            self._open -= 1
            self._changed.notify_all()
        return connection

    def _note(self, sent_us, delivery_id, body, status, kind):
        with self._writing:
            self._requests += 1
            line = {"req_no": self._requests, "webhook_id": delivery_id, "approval_id": json.loads(body)["data"]["approval_id"],
                    "body_sha256": hashlib.sha256(body).hexdigest(), "signed_ok": True, "in_window": True, "sent_at_us": sent_us,
                    "status": status, "kind": kind}
            self._log.write(json.dumps(line) + "\n")
