"""Every fault kind: what the client sees, what happened all the same, and what the log says about it."""
import http.client
import socket
import threading
import time

from selftest_client import BODY, CREATE, PREFLIGHT, TEAM, code_of, eventually, expect, fails, held, issue_input, test


@test
def fault_latency_adds_to_another_fault(s):
    s.faults({"on": "okta.*", "kind": "status", "status": 503, "body": "{}"},
             {"on": "*", "kind": "latency", "ms": 120, "jitter_ms": 20})
    start = time.monotonic()
    expect("status", s.okta("GET", "/apps/figma").status, 503)
    assert time.monotonic() - start >= 0.12
    expect("log", s.last()["fault"], "status")
    s.faults({"on": "*", "kind": "latency", "ms": 1})
    expect("alone", (s.okta("GET", "/apps/figma").status, s.last()["fault"]), (200, "latency"))


@test
def fault_rate_limit_speaks_each_vendors_language(s):
    s.assign("rl")
    s.faults({"on": "*", "kind": "rate_limit", "seconds": 7})
    slow = s.okta("DELETE", "/apps/figma/users/rl")
    expect("okta", (slow.status, slow.json["errorCode"], slow.headers["X-Rate-Limit-Remaining"]), (429, "E0000047", "0"))
    assert 5 <= int(slow.headers["X-Rate-Limit-Reset"]) - time.time() <= 8 and slow.headers["Date"]
    expect("one header", len(slow.headers.get_all("X-Rate-Limit-Reset")), 1)
    expect("no hint", slow.headers["Retry-After"], None)
    expect("log", (s.last()["fault"], s.last()["effect"]), ("rate_limit", "none"))
    slow = s.linear(CREATE, issue_input())
    expect("linear", (slow.status, code_of(slow)), (400, "RATELIMITED"))
    assert 5e3 <= int(slow.headers["X-RateLimit-Requests-Reset"]) - time.time() * 1000 <= 8e3
    expect("requester", s.deliver(BODY, id_="cb_rl").status, 429)
    s.faults({"on": "*", "kind": "rate_limit", "seconds": 2, "retry_after": True, "http": 429, "concurrency": True})
    slow = s.linear(CREATE, issue_input())
    expect("linear 429", (slow.status, slow.headers["Retry-After"]), (429, "2"))
    expect("requester hint", s.deliver(BODY, id_="cb_rl").headers["Retry-After"], "2")
    expect("concurrency", s.okta("GET", "/apps/figma").headers["X-Rate-Limit-Limit"], "0")
    s.faults()
    assert s.holds("rl")


@test
def fault_status_html_and_gone_are_plain_lies(s):
    s.faults({"on": "okta.*", "kind": "html"}, {"on": "linear.*", "kind": "html", "status": 502}, {"on": "requester.*", "kind": "gone"})
    page = s.okta("GET", "/apps/figma")
    assert page.status == 200 and page.headers["Content-Type"].startswith("text/html") and "<html" in page.text
    expect("linear", s.linear(PREFLIGHT, {"teamId": TEAM}).status, 502)
    expect("gone", (s.deliver(BODY, id_="cb_gone").status, s.last()["effect"]), (410, "none"))


@test
def fault_truncate_promises_more_than_it_sends(s):
    s.assign("tr")
    s.faults({"on": "okta.*", "kind": "truncate"})
    for method in ("GET", "DELETE"):
        fails(lambda m=method: s.okta(m, "/apps/figma/users/tr"), http.client.IncompleteRead)
    expect("effect", s.last()["effect"], "applied")
    number = s.last()["call_no"]
    assert eventually(lambda: {"reply_of": number, "replied": False} in s.lines())
    assert not s.holds("tr")


@test
def fault_resets_differ_in_their_effect(s):
    for kind, effect in (("apply_then_reset", "applied"), ("reset_before", "none")):
        s.assign("rs")
        s.faults({"on": "okta.delete_app_user", "kind": kind, "match": {"user": "rs"}})
        fails(lambda: s.okta("DELETE", "/apps/figma/users/rs"), ConnectionResetError)
        line = s.last()
        expect(kind, (line["effect"], line["status"], line["fault"]), (effect, 0, kind))
        expect("seat", s.holds("rs"), effect == "none")
        assert eventually(lambda: {"reply_of": line["call_no"], "replied": False} in s.lines())


@test
def fault_delay_then_apply_outlives_the_client(s):
    s.assign("late")
    s.faults({"on": "okta.delete_app_user", "kind": "delay_then_apply", "ms": 300})
    fails(lambda: s.okta("DELETE", "/apps/figma/users/late", timeout=0.1), TimeoutError)
    assert s.holds("late")
    assert eventually(lambda: not s.holds("late"))
    line = s.last()
    expect("log", (line["effect"], line["status"], line["fault"]), ("applied", 0, "delay_then_apply"))
    assert line["at_us"] - line["arrived_us"] >= 300_000


@test
def fault_endless_never_ends(s):
    s.faults({"on": "okta.get_app", "kind": "endless", "ms": 1})
    with socket.create_connection(("127.0.0.1", s.port), 5) as raw:
        raw.sendall(b"GET /api/v1/apps/figma HTTP/1.1\r\nHost: x\r\nAuthorization: SSWS t0ken\r\n\r\n")
        seen = b""
        while len(seen) < 1 << 20:
            seen += raw.recv(1 << 16)
        assert seen.startswith(b"HTTP/1.1 200 ") and b"chunked" in seen[:400]
    number = s.last()["call_no"]
    assert eventually(lambda: {"reply_of": number, "replied": False} in s.lines())


@test
def fault_slow_drip_arrives_whole_and_late(s):
    s.assign("drip")
    s.faults({"on": "okta.delete_app_user", "kind": "slow_drip", "ms": 1})
    start = time.monotonic()
    expect("status", s.okta("DELETE", "/apps/figma/users/drip").status, 204)
    assert time.monotonic() - start > 0.1
    number = s.last()["call_no"]
    assert eventually(lambda: {"reply_of": number, "replied": True} in s.lines())


@test
def fault_hold_waits_for_release(s):
    for apply in ("after", "before"):
        s.assign("hd")
        s.faults({"on": "okta.delete_app_user", "kind": "hold", "apply": apply})
        got = []
        caller = threading.Thread(target=lambda: got.append(s.okta("DELETE", "/apps/figma/users/hd").status))
        caller.start()
        assert eventually(lambda: held(s) == 1)
        expect("seat while held", s.holds("hd"), apply == "after")
        expect("released", s.control("POST", "/release").json["released"], 1)
        caller.join(5)
        expect("answer", got, [204])
        assert not s.holds("hd") and eventually(lambda: held(s) == 0)


@test
def fault_hold_ends_with_its_client(s):
    s.assign("hx")
    s.faults({"on": "okta.delete_app_user", "kind": "hold"})
    fails(lambda: s.okta("DELETE", "/apps/figma/users/hx", timeout=0.1), TimeoutError)
    assert eventually(lambda: held(s) == 0)
    expect("log", (s.last()["effect"], s.last()["status"]), ("none", 0))
    assert s.holds("hx")


@test
def fault_wrong_user_echo_names_somebody_else(s):
    s.assign("echo7")
    s.faults({"on": "*", "kind": "wrong_user_echo"})
    other = s.okta("GET", "/apps/figma/users/echo7").json
    assert other["id"] != "echo7" and other["id"].startswith("echo")
    variables = issue_input()
    assert s.linear(CREATE, variables).json["data"]["issueCreate"]["issue"]["id"] != variables["input"]["id"]


@test
def faults_are_counted_bounded_and_repeatable(s):
    path = "/apps/figma"
    s.faults({"on": "okta.get_app", "kind": "status", "times": 2}, {"on": "okta.get_app", "kind": "html", "nth": 2})
    answers = [s.okta("GET", path) for _ in range(5)]
    expect("times, then nth", [(a.status, "<html" in a.text) for a in answers],
           [(503, False), (503, False), (200, False), (200, True), (200, False)])
    expect("report", [(r["seen"], r["fired"]) for r in s.control("GET", "/faults").json["rules"]], [(5, 2), (3, 1)])
    def pattern(seed):
        s.faults({"on": "okta.get_app", "kind": "status", "probability": 0.3}, seed=seed)
        return [s.okta("GET", path).status for _ in range(60)]
    first = pattern(42)
    expect("same seed", pattern(42), first)
    assert pattern(43) != first and 5 < first.count(503) < 35


@test
def faults_that_could_never_fire_are_refused(s):
    for bad in ({"on": "okta.delete_user", "kind": "html"}, {"on": "*", "kind": "explode"}, {"on": "*", "kind": "html", "ms": 5},
                {"on": "*", "kind": "hold", "apply": "maybe"}, {"on": "*", "kind": "html", "probability": 2}, {"kind": "html"},
                {"on": "*", "kind": "html", "nth": 0}, {"on": "*", "kind": "latency", "ms": -5}, {"on": "*", "kind": "html", "match": {"user": 5}}):
        expect(f"{bad}", s.control("PUT", "/faults", {"rules": [bad]}).status, 400)
    for bad in ({"okta": {"tokn": "x"}}, {"linear": {"teams": [{"id": "x", "key": "A", "name": "A"}]}},
                {"requester": {"x": {"secrets": ["whsec_short"]}}}, {"oktaa": {}}, []):
        expect(f"{bad}", s.control("PUT", "/config", bad).status, 400)
    expect("assign", s.control("POST", "/okta/assign", {"app": "nope", "users": ["x"]}).status, 400)
