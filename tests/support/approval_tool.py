"""A sender as approval tools are: signed requests on keep-alive connections, sent again with the same id until they are taken."""
import contextlib
import dataclasses
import hashlib
import heapq
import http.client
import itertools
import json
import threading
import time
import urllib.parse
import uuid

from webhook import SECRET, signed_headers

RETRY_S = 0.25
ANSWER_S_MAX = 10
IDLE_S_MAX = 5  # an older connection is not trusted: the receiver closes it some time


@dataclasses.dataclass
class Request:
    """One webhook as it is to be sent. kind: as checker/check.py names them."""
    body: bytes
    delivery_id: str
    kind: str = "approved"
    signed_ok: bool = True
    in_window: bool = True
    secret: str = None  # of the tool, unless named; headers keep theirs
    stamp_s: float = 0  # seconds from now that the signed time says
    as_before: bool = False  # with the very headers of the request it follows
    headers: dict = None
    then: tuple = ()  # (seconds, Request) to send once this one has been answered for good


class ApprovalTool:
    """plan() what to send, start(), then wait_taken(). Every request becomes one line of the log, as the fault checker reads it.
    urls: of one receiver, or of several that a request may reach just as well, by name."""

    def __init__(self, urls, log_file, dice, duplicates=0.0, threads=8):
        named = urls if isinstance(urls, dict) else {"receiver": urls}
        self._receivers = [(name, urllib.parse.urlsplit(url)) for name, url in named.items()]
        self._log = open(log_file, "a", encoding="utf-8", buffering=1)
        self._writing = threading.Lock()
        self._dice = dice
        self._duplicates = duplicates
        self._due = []  # a heap of (at, number, Request)
        self._numbers = itertools.count()
        self._requests = 0
        self._open = 0  # planned and not yet taken
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        self._stopping = False
        self.secret = SECRET
        self.jobs = {}  # by approval id
        self.refusals = []  # answers that a sender would not retry, where the request deserved another

    def plan(self, body, in_s=0.0, delivery_id=None):
        self.send(Request(body, delivery_id or "msg_" + uuid.uuid4().hex), in_s)

    def send(self, request, in_s=0.0):
        with self._changed:
            self._open += 1
            self._put(request, in_s)

    def open(self):
        """How many planned requests have not been taken yet."""
        return self._open

    def start(self):
        for thread in self._threads:
            thread.start()

    def wait_taken(self, limit_s):
        """Every planned request has been answered for good."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._open == 0, limit_s):
                raise AssertionError(f"after {limit_s:g} s {self._open} requests have not been taken")

    def stop(self):
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        self._log.close()

    def _put(self, request, in_s):
        heapq.heappush(self._due, (time.monotonic() + in_s, next(self._numbers), request))
        self._changed.notify()

    def _work(self):
        connections = {}  # by receiver: (connection, when it was made in epoch µs, when it was last used)
        while (request := self._next()) is not None:
            self._send(connections, request)
        for connection, *_ in connections.values():
            connection.close()

    def _next(self):
        with self._changed:
            while not self._stopping:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
        return None

    def _send(self, connections, request):
        name, at = self._receivers[0] if len(self._receivers) == 1 else self._dice.choice(self._receivers)
        sent_us = time.time_ns() // 1000
        if request.headers and request.secret != self.secret and request.kind == "replayed":
            request = dataclasses.replace(request, kind="retired")  # signed with a secret that the receiver may have forgotten
        headers = request.headers or signed_headers(request.body, request.delivery_id, request.secret or self.secret,
                                                   time.time() + request.stamp_s)
        status, answer = 0, {}
        connection, made_us, used = connections.pop(name, (None, sent_us, 0))
        if not connection or time.monotonic() - used > IDLE_S_MAX:
            if connection:
                connection.close()
            connection, made_us = http.client.HTTPConnection(at.hostname, at.port, timeout=ANSWER_S_MAX), sent_us
        try:
            connection.request("POST", at.path, request.body, headers)
            response = connection.getresponse()
            text = response.read()
            status = response.status
            answer = json.loads(text)
            connections[name] = connection, made_us, time.monotonic()
        except (OSError, http.client.HTTPException):
            with contextlib.suppress(OSError):
                connection.close()
        self._note(sent_us, made_us, request, status, name, answer)
        # A cancellation that overtook its approval is answered 404.
        if status in (0, 503) or status == 404 and request.kind == "cancelled":
            with self._changed:
                self._put(request, RETRY_S)
            return
        if status == 202 and request.kind == "approved":
            self.jobs[json.loads(request.body)["data"]["approval_id"]] = answer["job_id"]
        elif not 200 <= status < 300 and request.signed_ok and request.in_window and request.kind not in ("changed", "retired"):
            self.refusals.append((status, answer))
        with self._changed:
            for in_s, after in request.then:
                self._open += 1
                self._put(dataclasses.replace(after, headers=headers, secret=self.secret) if after.as_before else after, in_s)
            if status == 202 and request.kind == "approved" and self._dice.random() < self._duplicates:
                self._open += 1
                self._put(Request(request.body, request.delivery_id, "repeat"), self._dice.random() * 3)
            self._open -= 1
            self._changed.notify_all()

    def _note(self, sent_us, made_us, request, status, receiver, answer):
        with self._writing:
            self._requests += 1
            line = {"req_no": self._requests, "webhook_id": request.delivery_id,
                    "approval_id": json.loads(request.body)["data"].get("approval_id"),
                    "body_sha256": hashlib.sha256(request.body).hexdigest(), "signed_ok": request.signed_ok, "in_window": request.in_window,
                    "connected_at_us": made_us, "sent_at_us": sent_us, "answered_at_us": time.time_ns() // 1000, "receiver": receiver, "status": status,
                    "kind": request.kind}
            if status and not 200 <= status < 300:
                line["answer"] = answer
            self._log.write(json.dumps(line) + "\n")
