"""What the self-tests share: the program under test, a client for each of its faces, and its log."""
import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import time
import uuid

TEAM = "3b7d3585-029d-4490-80ce-6a44c6d9f081"
LABEL = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d"
SECRETS = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
CONFIG = {
    "okta": {"token": "t0ken", "apps": ["figma", "slack"]},
    "linear": {"api_key": "lin_api_1", "oauth_token": "oauth1", "labels": [LABEL],
               "teams": [{"id": TEAM, "key": "IT", "name": "IT"}]},
    "requester": {"desk": {"secrets": SECRETS}},
}
CREATE = ("mutation DeprovisionTicketCreate($input: IssueCreateInput!) { issueCreate(input: $input) "
          "{ success lastSyncId issue { id identifier url title createdAt team { id key } } } }")
BY_ID = "query ById($id: String!) { issue(id: $id) { id identifier url title createdAt archivedAt trashed team { id key } } }"
FIND = ("query Find($id: ID!) { issues(filter: { id: { eq: $id } }, first: 1, includeArchived: true) "
        "{ nodes { id identifier url archivedAt trashed } } }")
ATTACH = "mutation Attach($input: AttachmentCreateInput!) { attachmentCreate(input: $input) { success attachment { id url title } } }"
BY_URL = "query ByUrl($url: String!) { attachmentsForURL(url: $url, first: 5) { nodes { id url issue { id identifier url } } } }"
PREFLIGHT = ("query Preflight($teamId: String!) { viewer { id name } team(id: $teamId) { id key name } "
             "rateLimitStatus { identifier kind limits { type requestedAmount allowedAmount period remainingAmount reset } } }")
BODY = b'{"type":"seat.deprovision.completed","data":{"approval_id":"apr_0001","outcome":"revoked"}}'


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.text)


class Sandbox:
    def __init__(self, binary, folder, *more):
        self.log = os.path.join(folder, "calls.ndjson")
        config = os.path.join(folder, "config.json")
        with open(config, "w", encoding="utf-8") as out:
            json.dump(CONFIG, out)
        self.process = subprocess.Popen([binary, "--listen", "127.0.0.1:0", "--log", self.log, "--config", config, *more],
                                        stdout=subprocess.PIPE, text=True)
        self.ready = self.process.stdout.readline().strip()
        self.port = int(self.ready.rpartition(":")[2])

    def ask(self, method, path, body=None, headers=None, timeout=5):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())

    def control(self, method, path, body=None):
        return self.ask(method, "/_sandbox" + path, None if body is None else json.dumps(body), {"Sandbox-Control": "yes"})

    def okta(self, method, path, body=None, token="SSWS t0ken", timeout=5, **headers):
        given = {"Authorization": token} if token else {}
        given.update({name.replace("_", "-"): value for name, value in headers.items()})
        return self.ask(method, "/api/v1" + path, body, given, timeout)

    def linear(self, query, variables=None, auth="lin_api_1", kind="application/json", timeout=5, **more):
        headers = {"Content-Type": kind, **({"Authorization": auth} if auth else {})}
        return self.ask("POST", "/graphql", json.dumps({"query": query, "variables": variables, **more}), headers, timeout)

    def deliver(self, body, secret=SECRETS[0], at=None, name="desk", id_="msg_1", kind="application/json", extra="", timeout=5):
        stamp = str(int(time.time()) if at is None else at)
        key = base64.b64decode(secret.removeprefix("whsec_"))
        mac = hmac.new(key, f"{id_}.{stamp}.".encode() + body, hashlib.sha256).digest()
        headers = {"webhook-id": id_, "webhook-timestamp": stamp, "Content-Type": kind,
                   "webhook-signature": extra + "v1," + base64.b64encode(mac).decode()}
        return self.ask("POST", "/requester/" + name, body, headers, timeout)

    def faults(self, *rules, seed=1):
        answer = self.control("PUT", "/faults", {"seed": seed, "rules": list(rules)})
        assert answer.status == 200, answer.text

    def lines(self):
        with open(self.log, encoding="utf-8") as log:
            return [json.loads(line) for line in log]

    def calls(self):
        return [line for line in self.lines() if "call_no" in line]

    def last(self):
        return max(self.calls(), key=lambda line: line["call_no"])

    def assign(self, user, app="figma", **more):
        answer = self.control("POST", "/okta/assign", {"app": app, "users": [user], **more})
        assert answer.status == 200, answer.text

    def holds(self, user, app="figma"):
        return user in self.control("GET", f"/okta/assignments?app={app}").json["users"]


def eventually(check, limit=5.0):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.005)
    return check()


def expect(what, got, wanted):
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, wanted {wanted!r}")


def fails(call, *kinds):
    try:
        call()
    except kinds:
        return
    raise AssertionError(f"expected one of {kinds}")


def code_of(answer):
    assert answer.json.get("data") is None, answer.text
    return answer.json["errors"][0]["extensions"]["code"]


def issue_input(**more):
    return {"input": {"id": str(uuid.uuid4()), "teamId": TEAM, "title": "Clean up", "description": "Done.", **more}}


def held(s):
    return s.control("GET", "/held").json["held"]


TESTS = []


def test(function):
    TESTS.append(function)
    return function
