#!/usr/bin/env python3
"""What approval tools send to a real receiver: each request as its sender makes it, signed with the test's secret, and tokens over TLS."""
import contextlib
import http.client
import json
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import textwrap
import time
import tomllib
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from database import Cluster
from harness import BIN, REPO, Skip, expect, main, scratch_folder, test
from programs import Program
from sender_examples import EXAMPLES, TEXT_KEY, WHSEC, Example

COMMON = {"app": "figma", "seat": "ada@example.com", "subject": "00u1ada", "flag_epoch": 1}
# What must be on record of each, in the words of the approval.
RECORDED = {
    "n8n": {"approval_ref": "n8n-8412", "approver": "it.lead@example.com", "requester": "finops@example.com",
            "approved_at": "2025-11-23T18:51:52Z", "reason": "not used for 90 days \u2013 Zo\u00eb agrees"},
    "okta-workflows": {"approval_ref": "b4f9a0c2-5b1e-4b7e-9e63-0f6f3c1d2a77", "approver": "00u9lead",
                       "approved_at": "2025-11-23T18:51:52.123Z"},
    "slack": {"approval_ref": "slack-7731", "approver": "U0LEAD0IT", "approved_at": "2025-11-24T18:51:52.840180Z",
              "callback_url": "https://hooks.slack.com/actions/T0EXAMPLE/1548426417840180/x5wUqQcP8tjJ9hVYgmXSJzTt"},
    "jira": {"approval_ref": "SEATS-57", "approver": "5b10a2844c20165700ede21g", "requester": "557058:finops",
             "approved_at": "2025-11-24T18:51:52Z", "reason": "Figma: not used for 90 days"},
    "servicenow": {"approval_ref": "RITM0010023", "approver": "it.lead@example.com", "requester": "finops@example.com",
                   "approved_at": "2025-11-23T18:51:52Z", "reason": "Figma seat, not used for 90 days"},
}
ANSWERED = {"slack": 200}  # which takes nothing else for an acknowledgement; 202 for all others


class Receiver(contextlib.ExitStack):
    """The program with these lines of configuration, before a database of its own. files: secrets by name. tls: a client context."""

    def __init__(self, config, files, listener="", tls=None):
        super().__init__()
        self.tls = tls
        folder = scratch_folder("senders")
        self.callback(shutil.rmtree, folder)
        try:
            cluster = Cluster.shared()
            self.callback(cluster.destroy)
            self.db = cluster.fresh_database()
            self.callback(cluster.drop, self.db)
            self.db.row("select reclaim.set_trigger(true, 'test')")
            (folder / "secrets").mkdir()
            for name, content in files.items():
                (folder / "secrets" / name).touch(mode=0o600)
                (folder / "secrets" / name).write_text(content)
            conninfo = self.db.url.replace("//postgres@", "//reclaim_receiver@")
            (folder / "reclaim.toml").write_text(f'[database]\nconninfo = "{conninfo}"\n[receiver]\nport = 0\n{listener}\n'
                                                 f"[receiver.ops]\nport = 0\n{config}")
            program = Program([BIN / "reclaim-receiver", "--config", folder / "reclaim.toml"], "receiver")
            self.callback(program.kill9)
            program.wait_line("receiver_started")
            self.port = program.logged("receiver_started")[0]["port"]
        except BaseException:
            self.close()
            raise

    def send(self, request):
        """The answer's status and JSON."""
        target, headers, body = request
        connection = (http.client.HTTPSConnection("localhost", self.port, timeout=10, context=self.tls) if self.tls
                      else http.client.HTTPConnection("127.0.0.1", self.port, timeout=10))
        with contextlib.closing(connection):
            connection.putrequest("POST", target, skip_host="host" in headers, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())


def all_examples():
    examples = [Example(name) for name in RECORDED]
    config = "\n".join(each.config for each in examples)
    return Receiver(config, {name: WHSEC if name.endswith(".secret") else TEXT_KEY
                             for name in re.findall(r'secret_file = "secrets/(.*)"', config)})


@test
def every_example_has_a_configuration_and_is_replayed():
    found = {kind: {file.stem for file in EXAMPLES.glob(f"*.{kind}")} for kind in ("http", "toml")}
    expect("examples", found, {"http": set(RECORDED), "toml": set(RECORDED)})


@test
def each_sender_is_understood_and_its_exact_bytes_are_kept():
    with all_examples() as receiver:
        for name, wanted in RECORDED.items():
            example = Example(name)
            status, answer = receiver.send(example.request())
            expect(f"{name}: the answer {answer}", status, ANSWERED.get(name, 202))
            wanted = {**COMMON, "requester": None, "reason": None, "callback_url": None, "expires_at": None, **wanted}
            columns = ", ".join(wanted)
            row = receiver.db.row(f"select {columns}, body = decode(%s, 'hex') as same_bytes, "
                                  "approved_at = %s::timestamptz as same_time from reclaim.approval where source = %s",
                                  example.body.hex(), wanted["approved_at"], name)
            seen = {column: row[column] for column in wanted if column != "approved_at"}
            expect(f"{name}: on record", seen, {column: value for column, value in wanted.items() if column != "approved_at"})
            expect(f"{name}: bytes and time", (row["same_bytes"], row["same_time"]), (True, True))


@test
def a_repeat_makes_nothing_new_whatever_id_is_put_on_it():
    with all_examples() as receiver:
        for name in RECORDED:
            example = Example(name)
            first = receiver.send(example.request())[1]
            for delivery_id in ("evt-1", "evt-" + uuid.uuid4().hex[:8]):
                status, again = receiver.send(example.request(delivery_id))
                expect(f"{name}: a repeat", (status, again["duplicate"], again["job_id"]),
                       (ANSWERED.get(name, 202), True, first["job_id"]))
        expect("jobs", receiver.db.value("select count(*) from reclaim.job"), len(RECORDED))


@test
def what_was_changed_on_its_way_or_is_old_is_refused_in_one_word():
    with all_examples() as receiver:
        answers = set()
        for name in RECORDED:
            example = Example(name)
            forged = [example.request(change=lambda body: body[:40] + bytes([body[40] ^ 1]) + body[41:])]
            if example.scheme != "github":  # which signs no time
                forged += [example.request(at=time.time() - 400), example.request(at=time.time() + 400)]
            for request in forged:
                status, answer = receiver.send(request)
                expect(f"{name}: the answer", status, 401)
                answers.add(json.dumps(answer))
        expect("different answers", len(answers), 1)
        expect("approvals", receiver.db.value("select count(*) from reclaim.approval"), 0)


def documented(heading, kind):
    """The blocks of this kind in that section of SENDERS.md."""
    page = (REPO / "docs" / "SENDERS.md").read_text(encoding="utf-8")
    section = re.search(rf"^#+ {heading}\n(.*?)(?=^#+ |\Z)", page, re.S | re.M).group(1)
    return [textwrap.dedent(block) for block in re.findall(rf"^ *```{kind}\n(.*?)^ *```", section, re.S | re.M)]


HEADINGS = {"n8n": "n8n", "okta-workflows": "Okta Workflows", "slack": "Slack buttons", "jira": "Jira", "servicenow": "ServiceNow"}


@test
def the_page_shows_the_configuration_that_is_tested():
    for name, heading in HEADINGS.items():
        shown = tomllib.loads(documented(heading, "toml")[0])["receiver"]["sources"]
        expect(f"{heading}: the page", shown, tomllib.loads(Example(name).config)["receiver"]["sources"])


@test
def the_pages_scripts_make_requests_that_are_taken():
    if not shutil.which("node"):
        raise Skip("node is not installed")
    folder = scratch_folder("recipes")
    try:
        made = subprocess.run(["bash", "-euc", documented("Recipes", "sh run=text-key")[0] + 'printf %s "$text"'], cwd=folder, text=True,
                              capture_output=True, check=True)
        text_key, secret = made.stdout, (folder / "n8n.secret").read_text()
    finally:
        shutil.rmtree(folder)
    names = ("n8n", "servicenow")
    config = "\n".join(Example(name).config for name in names)
    with Receiver(config, {f"{name}.secret": secret for name in names}) as receiver:
        for name in names:
            stage = {"tool": name, "code": documented(HEADINGS[name], "js")[0], "text_key": text_key}
            done = subprocess.run(["node", REPO / "tests" / "support" / "recipe_stage.js"], input=json.dumps(stage), text=True,
                                  capture_output=True, check=False)
            expect(f"{name}: the script: {done.stderr}", done.returncode, 0)
            request = json.loads(done.stdout)
            body = request["body"].encode()
            status, answer = receiver.send((f"/v1/webhooks/{name}", request["headers"] | {"content-length": str(len(body))}, body))
            expect(f"{name}: the answer {answer}", status, 202)


class Authority:
    """Certificates of a CA of its own, by name."""

    def __init__(self, folder):
        self.folder = folder
        self._openssl("req", "-x509", *self._new_key("ca"), "-days", "1", "-subj", "/CN=test authority", "-out", folder / "ca.pem")

    def issue(self, name):
        """(certificate, key) files made out to a DNS name."""
        certificate = self.folder / f"{name}.pem"
        self._openssl("req", "-x509", *self._new_key(name), "-days", "1", "-subj", "/CN=test", "-addext", f"subjectAltName=DNS:{name}",
                      "-addext", "basicConstraints=critical,CA:FALSE", "-CA", self.folder / "ca.pem", "-CAkey", self.folder / "ca.key",
                      "-out", certificate)
        return certificate, self.folder / f"{name}.key"

    def client(self, name=None):
        """A TLS context that trusts the CA and, with a name, shows a certificate made out to it."""
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        if name:
            context.load_cert_chain(*self.issue(name))
        return context

    def _new_key(self, name):
        return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.folder / f"{name}.key"

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@test
def a_token_is_taken_only_over_tls_from_the_client_it_belongs_to():
    token = "a-token-of-thirty-two-bytes-more"
    body = json.dumps({"type": "seat.removal.approved", "data": {**COMMON, "approval_id": "flow-1", "approver": "it.lead@example.com",
                                                                 "approved_at": "2025-11-23T18:51:52Z"}}).encode()

    def request(shown):
        return "/v1/webhooks/flow", {"content-type": "application/json", "authorization": f"Bearer {shown}",
                                     "content-length": str(len(body))}, body

    folder = scratch_folder("tls")
    try:
        authority = Authority(folder)
        certificate, key = authority.issue("localhost")
        listener = (f'tls_certificate_file = "{certificate}"\ntls_key_file = "{key}"\ntls_client_ca_file = "{folder}/ca.pem"')
        source = ('[receiver.sources.flow]\nscheme = "bearer"\nsecret_file = "secrets/token"\nclient_names = ["flows.example.com"]')
        with Receiver(source, {"token": token}, listener) as receiver:
            receiver.tls = authority.client()
            try:
                seen = receiver.send(request(token))
                raise AssertionError(f"a client without a certificate was answered {seen}")
            except (ssl.SSLError, ConnectionError):
                pass
            receiver.tls = authority.client("other.example.com")
            expect("another client", receiver.send(request(token))[0], 401)
            receiver.tls = authority.client("flows.example.com")
            expect("another token", receiver.send(request(token[:-1] + "x"))[0], 401)
            expect("before", receiver.db.value("select count(*) from reclaim.approval"), 0)
            expect("the client and its token", receiver.send(request(token))[0], 202)
            status, again = receiver.send(request(token))
            expect("once more", (status, again["duplicate"]), (202, True))
    finally:
        shutil.rmtree(folder)


main()
