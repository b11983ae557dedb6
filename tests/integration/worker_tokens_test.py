#!/usr/bin/env python3
"""Tokens: a worker proves itself by OAuth 2 as each vendor documents it, and renews its token without losing or repeating a removal."""
import base64
import json
import pathlib
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test, wait_until
from world import World

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CLIENT_SECRET = "s3cret/with+signs&all"
FIXED_KEY = 'auth = "ssws"\ntoken_file = "okta.token"\n'


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True).stdout


class Keys:
    """An RSA key, its public part and its certificate, made once."""

    def __init__(self):
        with tempfile.TemporaryDirectory() as folder:
            key, certificate = pathlib.Path(folder, "key.pem"), pathlib.Path(folder, "certificate.pem")
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key)
            openssl("req", "-x509", "-key", key, "-subj", "/CN=reclaim", "-days", "2", "-out", certificate)
            self.private, self.certificate = key.read_text(), certificate.read_text()
            self.public = openssl("pkey", "-in", key, "-pubout").decode()
            self.thumbprint = {digest: self._thumbprint(certificate, digest) for digest in ("sha1", "sha256")}

    @staticmethod
    def _thumbprint(certificate, digest):
        hexadecimal = openssl("x509", "-in", certificate, "-noout", "-fingerprint", f"-{digest}").decode().strip().partition("=")[2]
        return base64.urlsafe_b64encode(bytes.fromhex(hexadecimal.replace(":", ""))).rstrip(b"=").decode()


KEYS = Keys()


def client(path, grant="client_credentials", **more):
    return {"id": "client-1", "path": path, "grant": grant, "scope": "seats.manage", **more}


def by_secret(**more):
    return client("/tenant/oauth2/v2.0/token", auth="client_secret_post", secret=CLIENT_SECRET, **more)


def by_key(**more):
    return client("/oauth2/v1/token", auth="private_key_jwt", public_key=KEYS.public, **more)


SECRET_LINES = 'client_id = "client-1"\nclient_secret_file = "client.secret"\nscope = "seats.manage"\n'
KEY_LINES = 'client_id = "client-1"\nprivate_key_file = "key.pem"\nscope = "seats.manage"\n'
CERTIFICATE_LINES = KEY_LINES + 'certificate_file = "certificate.pem"\n'
# What each vendor documents: the client as registered there, and our configuration.
GRANTS = {
    "Okta, private_key_jwt": (by_key(names_of_key={"kid": "kid-1"}), KEY_LINES + 'key_id = "kid-1"\n'),
    "Entra, secret": (by_secret(), SECRET_LINES),
    "Entra, certificate": (by_key(algorithm="PS256", names_of_key={"x5t#S256": KEYS.thumbprint["sha256"]}), CERTIFICATE_LINES),
    "Entra, certificate in the former form": (by_key(names_of_key={"x5t": KEYS.thumbprint["sha1"]}),
                                              CERTIFICATE_LINES + 'algorithm = "RS256"\n'),
    "Google, service account": (client("/token", JWT_BEARER, public_key=KEYS.public, subject="admin@example.com"),
                                'grant = "jwt_bearer"\nservice_account_file = "google.json"\nsubject = "admin@example.com"\n'
                                'scope = "seats.manage"\n'),
    "Zoom, an account": (client("/oauth/token", "account_credentials", auth="client_secret_basic", secret=CLIENT_SECRET, scope="",
                                fields={"account_id": "acc-1"}),
                         'grant = "account_credentials"\nclient_auth = "basic"\nclient_id = "client-1"\nclient_secret_file = "client.secret"\n'
                         'fields = { account_id = "acc-1" }\n'),
}


class TokenWorld(World):
    """The vendor takes nothing but live tokens of this client."""

    def __init__(self, as_registered=None, lines=SECRET_LINES, **more):
        super().__init__(**more)
        self.write_secret("key.pem", KEYS.private)
        self.write_secret("client.secret", CLIENT_SECRET)
        self.write_secret("google.json", json.dumps({"client_email": "client-1", "private_key": KEYS.private, "private_key_id": "kid-1"}))
        (self.folder / "certificate.pem").write_text(KEYS.certificate)
        self.use(as_registered or by_secret(), lines)

    def use(self, as_registered, lines):
        url = self.sandbox.url + as_registered["path"]
        self.register({"audience": url, **as_registered})
        self.changes = [(FIXED_KEY, f'auth = "oauth"\n\n[connectors.okta.oauth]\ntoken_url = "{url}"\n{lines}')]

    def register(self, as_registered):
        self.sandbox.control("PUT", "/config", {"okta": {"oauth": True}, "oauth": {"clients": [as_registered]}})

    def start(self, name="worker"):
        return self.start_worker(name, changes=self.changes)

    def tokens(self, effect="applied"):
        return self.sandbox.calls("oauth.token", effect=effect)

    def gate(self):
        return self.db.row("select * from reclaim.gate where scope = 'connector:okta' and closed_until > reclaim.clock()")


def removals_of(world):
    """How often each seat was taken, by the vendor's own record."""
    users = [call["user"] for call in world.sandbox.calls("okta.delete_app_user", effect="applied")]
    return {user: users.count(user) for user in users}


def attempts(world, job):
    return {row["attempt"] for row in world.audit(job, "revoke_attempted")}


def expect_apart(calls):
    """No two of them were under way at once."""
    spans = sorted((call["arrived_us"], call["at_us"]) for call in calls)
    for (_, ended), (arrived, _) in zip(spans, spans[1:]):
        expect("a token was asked for while another request was under way", arrived < ended, False)


@test
def a_seat_is_removed_with_each_vendors_grant_and_no_secret_is_told_anywhere():
    with TokenWorld() as world:
        for number, (name, (as_registered, lines)) in enumerate(GRANTS.items()):
            before = len(world.tokens())
            world.use(as_registered, lines)
            worker = world.start(f"worker{number}")
            job = world.enqueue("figma", f"u{number}")
            world.wait_finished(job)
            expect(f"{name}: outcome", world.job(job)["state"], "removed")
            expect(f"{name}: tokens", len(world.tokens()) - before, 1)
            expect(f"{name}: refused", world.tokens("refused"), [])
            expect(f"{name}: exit", worker.terminate(), 0)
            expect(f"{name}: told in the log", [line for line in worker.lines if "tok_" in line or "eyJ" in line or CLIENT_SECRET in line], [])
        expect("removals", removals_of(world), {f"u{number}": 1 for number in range(len(GRANTS))})
        dump = subprocess.run(["pg_dump", "--data-only", world.db.url], check=True, capture_output=True).stdout
        expect("told in the database", (b"tok_" in dump, CLIENT_SECRET.encode() in dump), (False, False))


@test
def a_token_that_ends_in_the_middle_of_a_run_is_renewed_once_for_all():
    with TokenWorld(by_key(lifetime_s=1), KEY_LINES) as world:
        world.sandbox.faults({"on": "oauth.token", "kind": "latency", "ms": 100}, {"on": "okta.*", "kind": "latency", "ms": 60})
        worker = world.start()
        jobs = [world.enqueue("figma", f"u{number}") for number in range(150)]
        world.wait_finished(*jobs, limit_s=30)
        expect("outcomes", {world.job(job)["state"] for job in jobs}, {"removed"})
        expect("removals", removals_of(world), {f"u{number}": 1 for number in range(150)})
        expect("attempts charged", set().union(*(attempts(world, job) for job in jobs)), {1})
        expect("several tokens", len(world.tokens()) >= 3, True)
        expect_apart(world.tokens())
        expect("gates closed", worker.logged("gate_closed"), [])


@test
def a_revoked_token_costs_one_renewal_and_no_removal_twice():
    with TokenWorld() as world:
        worker = world.start()
        world.wait_finished(world.enqueue("figma", "first"))
        expect("revoked", world.sandbox.control("POST", "/oauth/revoke")["revoked"], 1)
        world.sandbox.faults({"on": "okta.get_app_user", "kind": "latency", "ms": 200})
        jobs = [world.enqueue("figma", f"u{number}") for number in range(8)]
        world.wait_finished(*jobs)
        expect("several met the 401", len([call for call in world.sandbox.calls(vendor="okta") if call["status"] == 401]) > 1, True)
        expect("tokens", len(world.tokens()), 2)
        expect("removals", removals_of(world), {name: 1 for name in ("first", *(f"u{number}" for number in range(8)))})
        expect("attempts charged", set().union(*(attempts(world, job) for job in jobs)), {1})
        expect("gates closed", worker.logged("gate_closed"), [])


@test
def a_removal_that_is_answered_401_is_sent_once_more_with_a_new_token():
    with TokenWorld() as world:
        world.sandbox.faults({"on": "okta.delete_app_user", "kind": "status", "status": 401, "times": 1})
        world.start()
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        expect("answers", [call["status"] for call in world.sandbox.calls("okta.delete_app_user")], [401, 204])
        expect("tokens", len(world.tokens()), 2)
        expect("attempts charged", attempts(world, job), {1})


@test
def a_vendor_that_refuses_new_tokens_too_closes_the_gate():
    with TokenWorld() as world:
        world.sandbox.faults({"on": "okta.get_app_user", "kind": "status", "status": 401})
        worker = world.start()
        job = world.enqueue("figma", "ada")
        closed = wait_until(world.gate, "the gate closes")
        expect("until", closed["closed_until"], "infinity")
        expect("calls", len(world.sandbox.calls("okta.get_app_user")), 2)
        expect("the operator is told", worker.logged("gate_closed")[0]["reason"], "credential_denied")
        world.sandbox.faults()
        world.db.value("select reclaim.open_gate('connector:okta', 'mended')")
        world.wait_finished(job)
        expect("attempts charged", attempts(world, job), {1})


@test
def a_client_that_the_issuer_refuses_closes_the_gate_before_anything_is_sent():
    with TokenWorld() as world:
        world.write_secret("client.secret", "no-longer-the-secret")
        worker = world.start()
        jobs = [world.enqueue("figma", f"u{number}") for number in range(4)]
        closed = wait_until(world.gate, "the gate closes")
        expect("until", closed["closed_until"], "infinity")
        expect("the operator is told why", "invalid_client" in closed["why"], True)
        wait_until(lambda: world.db.value("select count(*) from reclaim.job where waiting_for = 'connector:okta'") == 4, "all jobs wait")
        expect("calls to the vendor", world.sandbox.calls(vendor="okta"), [])
        expect("units spent", world.db.value("select bool_or(unit_spent) from reclaim.job"), False)
        expect("told in the log", [line for line in worker.lines if "no-longer-the-secret" in line], [])
        world.write_secret("client.secret", CLIENT_SECRET)
        worker.signal(signal.SIGHUP)
        worker.wait_line("secrets_reloaded")
        world.db.value("select reclaim.open_gate('connector:okta', 'mended')")
        world.wait_finished(*jobs)
        expect("removals", removals_of(world), {f"u{number}": 1 for number in range(4)})
        expect("attempts charged", set().union(*(attempts(world, job) for job in jobs)), {1})


@test
def an_issuer_that_is_away_delays_removals_and_one_that_asks_for_a_pause_gets_it():
    with TokenWorld(worker='revoke_retry.base = "50ms"') as world:
        world.sandbox.faults({"on": "oauth.token", "kind": "status", "status": 503, "times": 1},
                             {"on": "oauth.token", "kind": "reset_before", "times": 1},
                             {"on": "oauth.token", "kind": "rate_limit", "seconds": 2, "retry_after": True, "times": 1})
        world.start()
        job = world.enqueue("figma", "ada")
        closed = wait_until(world.gate, "the gate closes")
        expect("until a time", closed["closed_until"] == "infinity", False)
        expect("units spent", world.db.value("select bool_or(unit_spent) from reclaim.job"), False)
        world.wait_finished(job)
        asked = world.sandbox.calls("oauth.token")
        expect("answers", [call["status"] for call in asked], [503, 0, 429, 200])
        expect("the pause was kept", asked[3]["arrived_us"] - asked[2]["at_us"] >= 1_900_000, True)
        expect("why it failed before", [row["reason_code"] for row in world.audit(job, "attempt_failed")],
               ["vendor_unreachable", "vendor_unreachable", "throttled"])
        expect("removals", removals_of(world), {"ada": 1})


@test
def check_proves_the_client_and_names_what_the_issuer_refuses():
    with TokenWorld(by_key(), KEY_LINES) as world:
        good = world.worker_command("check", changes=world.changes)
        expect("good", "connector okta answers and accepts our credential" in "\n".join(good.lines), True)
        world.register(by_key(audience="https://elsewhere.test/token"))
        bad = world.worker_command("check", changes=world.changes)
        said = "\n".join(bad.lines)
        expect("refused", ("invalid_client" in said, "aud is wrong" in said, bad.process.returncode), (True, True, 1))


@test
def a_sample_asks_for_a_token_and_shows_the_removal_without_it():
    with TokenWorld() as world:
        world.flag("figma", "ada")
        said = "\n".join(world.worker_command("sample", "--app", "figma", "--seat", "ada", changes=world.changes).lines)
        expect("the removal", "DELETE " in said and "Authorization: (left out)" in said, True)
        expect("told", ("tok_" in said, CLIENT_SECRET in said), (False, False))
        expect("tokens", len(world.tokens()), 1)


main()
