"""The token endpoints: what they hand out a token for, and what they refuse. Assertions are signed by the openssl program."""
import base64
import json
import pathlib
import subprocess
import tempfile
import time
import urllib.parse
import uuid

from selftest_client import expect, test

_kept = tempfile.TemporaryDirectory(prefix="sandbox-oauth-")  # until this process ends
FOLDER = pathlib.Path(_kept.name)
KEY = FOLDER / "key.pem"
subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", KEY], check=True, capture_output=True)
PUBLIC = subprocess.run(["openssl", "pkey", "-in", KEY, "-pubout"], check=True, capture_output=True).stdout.decode()
AUDIENCE = "https://org.test/oauth2/v1/token"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def signed(claims, header=None, key=KEY):
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "RS256", "kid": "k1", **(header or {})}, claims)]
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=b".".join(parts), check=True, capture_output=True).stdout
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def claims(**changes):
    now = int(time.time())
    made = {"iss": "c1", "sub": "c1", "aud": AUDIENCE, "iat": now, "exp": now + 300, "jti": str(uuid.uuid4()), **changes}
    return {name: value for name, value in made.items() if value is not None}


def ask(s, path, fields, **headers):
    given = {"Content-Type": "application/x-www-form-urlencoded", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return s.ask("POST", path, fields if isinstance(fields, str) else urllib.parse.urlencode(fields), given)


def by_key(assertion, **changes):
    return {"grant_type": "client_credentials", "client_id": "c1", "scope": "s", "client_assertion": assertion,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", **changes}


def configure(s, *clients):
    answer = s.control("PUT", "/config", {"oauth": {"clients": clients}})
    expect("configured", answer.status, 200)


def use_key(s, **more):
    configure(s, {"id": "c1", "path": "/oauth2/v1/token", "grant": "client_credentials", "auth": "private_key_jwt", "public_key": PUBLIC,
                  "names_of_key": {"kid": "k1"}, "audience": AUDIENCE, "scope": "s", **more})


@test
def a_client_assertion_is_good_once_and_only_as_it_was_signed(s):
    use_key(s)
    good = signed(claims())
    got = ask(s, "/oauth2/v1/token", by_key(good))
    expect("token", (got.status, got.json["token_type"], got.json["expires_in"]), (200, "Bearer", 3600))
    expect("log", (s.last()["op"], s.last()["effect"], s.last()["client"]), ("oauth.token", "applied", "c1"))
    assert got.json["access_token"] not in json.dumps(s.lines())
    again = ask(s, "/oauth2/v1/token", by_key(good))
    expect("replayed", (again.status, again.json["error"]), (401, "invalid_client"))
    assert "jti" in again.json["error_description"]
    other = FOLDER / "other.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", other], check=True, capture_output=True)
    now = int(time.time())
    for what, bad in {
            "another key": signed(claims(), key=other), "changed": signed(claims())[:-4] + "AAAA", "alg none": signed(claims(), {"alg": "none"}),
            "another alg": signed(claims(), {"alg": "PS256"}), "another kid": signed(claims(), {"kid": "k2"}), "no token": "a.b",
            "iss": signed(claims(iss="c2")), "sub": signed(claims(sub="c2")), "aud": signed(claims(aud="https://other.test/")),
            "past": signed(claims(exp=now - 1)), "too long": signed(claims(exp=now + 4000)), "no exp": signed(claims(exp=None)),
            "iat ahead": signed(claims(iat=now + 600)), "nbf ahead": signed(claims(nbf=now + 600)), "no jti": signed(claims(jti=None))}.items():
        answer = ask(s, "/oauth2/v1/token", by_key(bad))
        expect(what, (answer.status, answer.json["error"], s.last()["effect"]), (401, "invalid_client", "refused"))


@test
def a_token_request_is_refused_for_anything_that_is_not_documented(s):
    use_key(s)
    for what, fields, wanted in (
            ("grant", by_key(signed(claims()), grant_type="password"), (400, "unsupported_grant_type")),
            ("scope", by_key(signed(claims()), scope="s t"), (400, "invalid_scope")),
            ("type of assertion", by_key(signed(claims()), client_assertion_type="x"), (400, "invalid_request")),
            ("two proofs", by_key(signed(claims()), client_secret="x"), (401, "invalid_client")),
            ("unknown client", by_key(signed(claims()), client_id="c9"), (401, "invalid_client")),
            ("repeated", urllib.parse.urlencode(by_key(signed(claims()))) + "&scope=s", (400, "invalid_request"))):
        answer = ask(s, "/oauth2/v1/token", fields)
        expect(what, (answer.status, answer.json["error"]), wanted)
    expect("JSON", ask(s, "/oauth2/v1/token", by_key(signed(claims())), Content_Type="application/json").json["error"], "invalid_request")
    expect("in the query", ask(s, "/oauth2/v1/token?a=b", by_key(signed(claims()))).json["error"], "invalid_request")
    expect("GET", s.ask("GET", "/oauth2/v1/token").status, 405)


@test
def a_secret_is_taken_only_where_the_client_is_registered_to_show_it(s):
    client = {"grant": "client_credentials", "secret": "p w+", "scope": "s"}
    configure(s, {"id": "c1", "path": "/post", "auth": "client_secret_post", **client}, {"id": "c1", "path": "/basic", "auth": "client_secret_basic", **client})
    fields = {"grant_type": "client_credentials", "scope": "s"}
    posted = {**fields, "client_id": "c1", "client_secret": "p w+"}
    basic = "Basic " + base64.b64encode(b"c1:p%20w%2B").decode()
    expect("posted", (ask(s, "/post", posted).status, ask(s, "/basic", posted).status), (200, 401))
    expect("basic", (ask(s, "/post", fields, Authorization=basic).status, ask(s, "/basic", fields, Authorization=basic).status), (401, 200))
    expect("wrong", ask(s, "/post", {**posted, "client_secret": "p w"}).json["error"], "invalid_client")


@test
def a_service_account_is_believed_for_its_subject_and_scope(s):
    configure(s, {"id": "robot@p.test", "path": "/token", "grant": JWT_BEARER, "public_key": PUBLIC, "audience": "https://g.test/token",
                  "subject": "admin@e.test", "scope": "a b"})
    now = int(time.time())
    good = {"iss": "robot@p.test", "sub": "admin@e.test", "aud": "https://g.test/token", "scope": "a b", "iat": now, "exp": now + 3600}
    expect("token", ask(s, "/token", {"grant_type": JWT_BEARER, "assertion": signed(good)}).status, 200)
    for change in ({"sub": "other@e.test"}, {"scope": "a"}, {"iat": now - 60}, {"aud": "https://g.test/"}, {"exp": now - 1}):
        answer = ask(s, "/token", {"grant_type": JWT_BEARER, "assertion": signed({**good, **change})})
        expect(f"{change}", (answer.status, answer.json["error"]), (400, "invalid_grant"))


@test
def okta_takes_live_tokens_alone_where_it_is_told_so(s):
    use_key(s, lifetime_s=1)
    s.control("POST", "/oauth/revoke")  # those of other tests
    s.control("PUT", "/config", {"okta": {"oauth": True}})
    try:
        s.assign("oauth1")
        token = "Bearer " + ask(s, "/oauth2/v1/token", by_key(signed(claims()))).json["access_token"]
        shown = time.monotonic()
        expect("live", s.okta("GET", "/apps/figma/users/oauth1", token=token).status, 200)
        for wrong in (None, "SSWS t0ken", "Bearer made-up", token.replace("Bearer", "SSWS")):
            expect(f"{wrong}", s.okta("GET", "/apps/figma/users/oauth1", token=wrong).status, 401)
        while time.monotonic() - shown < 1.1:
            time.sleep(0.05)
        expect("ended", s.okta("GET", "/apps/figma/users/oauth1", token=token).status, 401)
        use_key(s)
        token = "Bearer " + ask(s, "/oauth2/v1/token", by_key(signed(claims()))).json["access_token"]
        expect("revoked", s.control("POST", "/oauth/revoke").json["revoked"], 1)
        expect("after that", s.okta("DELETE", "/apps/figma/users/oauth1", token=token).status, 401)
        assert s.holds("oauth1")
    finally:
        s.control("PUT", "/config", {"okta": {"oauth": False}})
