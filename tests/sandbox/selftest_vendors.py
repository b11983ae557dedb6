"""The vendors' own rules: what each accepts, what it refuses, and what it writes down."""
import hashlib
import json
import socket
import time
import uuid

from selftest_client import (ATTACH, BODY, BY_ID, BY_URL, CREATE, FIND, LABEL, PREFLIGHT, SECRETS, TEAM, code_of, expect,
                             issue_input, test)


# --- Okta ---------------------------------------------------------------------------------------------------------

@test
def okta_refuses_a_wrong_token(s):
    s.assign("auth1")
    for token in (None, "SSWS wrong", "t0ken", "Bearer t0ken"):
        answer = s.okta("DELETE", "/apps/figma/users/auth1", token=token)
        expect("status", (answer.status, answer.json["errorCode"]), (401, "E0000011"))
        expect("effect", s.last()["effect"], "refused")
    assert s.holds("auth1")


@test
def okta_removes_a_direct_seat_once(s):
    s.assign("a1")
    got = s.okta("GET", "/apps/figma/users/a1")
    expect("scope", (got.status, got.json["id"], got.json["scope"], got.json["status"]), (200, "a1", "USER", "ACTIVE"))
    assert got.headers["X-Okta-Request-Id"] and got.headers["Date"] and int(got.headers["X-Rate-Limit-Reset"]) > time.time()
    gone = s.okta("DELETE", "/apps/figma/users/a1?sendEmail=false", Reclaim_Operation="op-7", Reclaim_Fence="3")
    expect("delete", (gone.status, gone.text), (204, ""))
    line = s.last()
    for name, value in {"vendor": "okta", "op": "okta.delete_app_user", "app": "figma", "user": "a1", "op_key": "op-7",
                        "fence": "3", "generation": 1, "effect": "applied", "fault": "", "status": 204, "method": "DELETE"}.items():
        expect(name, line[name], value)
    for method in ("GET", "DELETE"):
        again = s.okta(method, "/apps/figma/users/a1")
        expect("absent", (again.status, again.json["errorCode"], s.last()["effect"]), (404, "E0000007", "none"))
    assert "(AppUser)" in again.json["errorSummary"]
    s.assign("a1")
    s.okta("GET", "/apps/figma/users/a1")
    expect("generation", s.last()["generation"], 2)


@test
def okta_assigns_a_known_user_directly_and_once(s):
    def give(body, **headers):
        return s.okta("POST", "/apps/figma/users", json.dumps(body), Content_Type="application/json", **headers)
    s.assign("back1", role="editor")
    expect("profile", s.okta("GET", "/apps/figma/users/back1").json["profile"]["role"], "editor")
    s.okta("DELETE", "/apps/figma/users/back1")
    given = give({"id": "back1", "scope": "USER"}, Reclaim_Operation="op-8", Reclaim_Fence="4")
    expect("assigned", (given.status, given.json["id"], given.json["scope"], "role" in given.json["profile"]), (200, "back1", "USER", False))
    for name, value in {"op": "okta.assign_app_user", "app": "figma", "user": "back1", "op_key": "op-8", "generation": 2, "effect": "applied"}.items():
        expect(name, s.last()[name], value)
    assert s.holds("back1")
    again = give({"id": "back1", "scope": "USER"})
    expect("again", (again.status, again.json["errorCode"], s.last()["effect"]), (400, "E0000001", "refused"))
    for body in ({}, {"id": 7}, {"id": "back1", "scope": "GROUP"}, {"id": "back1", "role": "x"}):
        expect(f"{body}", (give(body).status, s.last()["effect"]), (400, "refused"))
    expect("a stranger", give({"id": "nobody"}).status, 404)
    s.okta("POST", "/users/back1/lifecycle/deactivate", "")
    expect("not active", give({"id": "back1"}).json["errorCode"], "E0000038")


@test
def okta_refuses_to_unassign_what_a_group_grants(s):
    for scope in ("GROUP", "USER"):
        s.assign("g1", scope=scope, groups=["designers", "staff"])
        refused = s.okta("DELETE", "/apps/figma/users/g1")
        expect("code", (refused.status, refused.json["errorCode"]), (403, "E0000046"))
        assert "group memberships" in refused.json["errorCauses"][0]["errorSummary"]
        expect("effect", s.last()["effect"], "refused")
    s.assign("g1", scope="GROUP", groups=["designers", "staff"])
    expect("groups", [g["id"] for g in s.okta("GET", "/users/g1/groups").json], ["designers", "staff"])
    expect("first group", s.okta("DELETE", "/groups/designers/users/g1").status, 204)
    expect("still granted", s.okta("GET", "/apps/figma/users/g1").json["scope"], "GROUP")
    expect("second group", s.okta("DELETE", "/groups/staff/users/g1").status, 204)
    expect("effect", s.last()["effect"], "applied")
    expect("gone", s.okta("GET", "/apps/figma/users/g1").status, 404)
    expect("non-member", (s.okta("DELETE", "/groups/staff/users/g1").status, s.last()["effect"]), (204, "none"))
    s.control("PUT", "/config", {"okta": {"absent_member_status": 404}})
    expect("non-member", s.okta("DELETE", "/groups/staff/users/g1").status, 404)
    s.control("PUT", "/config", {"okta": {"absent_member_status": 204}})


@test
def okta_knows_its_paths_methods_and_framing(s):
    expect("health", s.okta("GET", "/apps/figma").json["status"], "ACTIVE")
    for path, code in (("/apps/nope", "E0000007"), ("/apps/nope/users/u", "E0000007"), ("/appz/figma", "E0000008"),
                       ("/apps/figma/users/", "E0000008"), ("/apps/figma/users/u/x", "E0000008"), ("/apps/%zz", "E0000008")):
        expect(path, (s.okta("GET", path).status, s.okta("GET", path).json["errorCode"]), (404, code))
    wrong = s.okta("PATCH", "/apps/figma/users/a1")
    expect("method", (wrong.status, wrong.json["errorCode"]), (405, "E0000022"))
    expect("media type", s.okta("DELETE", "/apps/figma/users/a1", body="x", Content_Type="text/plain").json["errorCode"], "E0000021")
    expect("query", s.okta("DELETE", "/apps/figma/users/a1?sendEmail=no").json["errorCode"], "E0000001")
    s.assign("user/with space", app="slack")
    expect("escapes", s.okta("GET", "/apps/slack/users/user%2Fwith%20space").json["id"], "user/with space")
    with socket.create_connection(("127.0.0.1", s.port), 5) as raw:
        raw.sendall(b"POST /api/v1/users/a1/lifecycle/deactivate HTTP/1.1\r\nHost: x\r\nAuthorization: SSWS t0ken\r\n\r\n")
        assert raw.recv(4096).startswith(b"HTTP/1.1 411 ")


@test
def okta_deactivates_a_user_once(s):
    s.assign("d1")
    s.assign("d1", app="slack", scope="GROUP", groups=["staff"])
    expect("before", s.okta("GET", "/users/d1").json["status"], "ACTIVE")
    expect("first", s.okta("POST", "/users/d1/lifecycle/deactivate?sendEmail=false", body="").status, 200)
    expect("second", s.okta("POST", "/users/d1/lifecycle/deactivate", body="").json["errorCode"], "E0000001")
    expect("after", s.okta("GET", "/users/d1").json["status"], "DEPROVISIONED")
    assert not s.holds("d1") and not s.holds("d1", "slack")
    expect("groups", s.okta("GET", "/users/d1/groups").json, [])
    expect("stranger", s.okta("GET", "/users/stranger").json["errorCode"], "E0000007")


# --- Linear -------------------------------------------------------------------------------------------------------

@test
def linear_refuses_strangers(s):
    for auth in (None, "wrong", "Bearer lin_api_1", "oauth1"):
        answer = s.linear(CREATE, issue_input(), auth=auth)
        expect("auth", (answer.status, code_of(answer)), (401, "AUTHENTICATION_ERROR"))
        expect("effect", s.last()["effect"], "refused")
    expect("oauth", s.linear(PREFLIGHT, {"teamId": TEAM}, auth="Bearer oauth1").status, 200)
    expect("media type", s.linear(PREFLIGHT, {"teamId": TEAM}, kind="text/plain").status, 400)
    expect("method", s.ask("GET", "/graphql").status, 405)
    expect("path", s.ask("POST", "/graphql/x").status, 404)


@test
def linear_creates_an_issue_once_per_id(s):
    variables = issue_input(labelIds=[LABEL], priority=3, dueDate="2026-12-01", assigneeId=str(uuid.uuid4()),
                            stateId=None, subscriberIds=[])
    wanted = variables["input"]["id"]
    made = s.linear(CREATE, variables)
    issue = made.json["data"]["issueCreate"]["issue"]
    expect("fields", list(issue), ["id", "identifier", "url", "title", "createdAt", "team"])
    expect("issue", (issue["id"], issue["team"]["key"]), (wanted, "IT"))
    assert issue["identifier"].startswith("IT-") and issue["identifier"] in issue["url"]
    assert int(made.headers["X-RateLimit-Requests-Reset"]) > time.time() * 1000
    line = s.last()
    for name, value in {"vendor": "linear", "op": "linear.issueCreate", "client_uuid": wanted, "created": True,
                        "title": "Clean up", "effect": "applied", "status": 200,
                        "description_sha256": hashlib.sha256(b"Done.").hexdigest()}.items():
        expect(name, line[name], value)
    variables["input"]["title"] = "Another"
    again = s.linear(CREATE, variables)
    expect("status", again.status, 200)
    expect("duplicate", again.json, {"errors": [{"message": "conflict on insert of Issue", "extensions": {
        "type": "invalid input", "code": "INPUT_ERROR", "statusCode": 400, "userError": True,
        "userPresentableMessage": f"Entity Issue with id {wanted} already exists."}}], "data": None})
    expect("log", (s.last()["created"], s.last()["effect"]), (False, "none"))
    for name in (wanted, issue["identifier"]):
        expect("lookup", s.linear(BY_ID, {"id": name}).json["data"]["issue"]["title"], "Clean up")
    expect("found", [i["id"] for i in s.linear(FIND, {"id": wanted}).json["data"]["issues"]["nodes"]], [wanted])
    expect("control", [i["title"] for i in s.control("GET", "/linear/issues").json["issues"] if i["id"] == wanted], ["Clean up"])


@test
def linear_says_what_is_not_there(s):
    missing = s.linear(BY_ID, {"id": str(uuid.uuid4())})
    expect("issue", missing.json, {"errors": [{"message": "Entity not found: Issue", "path": ["issue"], "extensions": {
        "type": "invalid input", "code": "INPUT_ERROR", "statusCode": 400, "userError": True}}], "data": None})
    expect("list", s.linear(FIND, {"id": str(uuid.uuid4())}).json["data"]["issues"]["nodes"], [])
    team = s.linear(CREATE, issue_input(teamId=str(uuid.uuid4())))
    expect("team", code_of(team), "INPUT_ERROR")
    assert "could not be found" in team.json["errors"][0]["message"]
    expect("label", code_of(s.linear(CREATE, issue_input(labelIds=[str(uuid.uuid4())]))), "INPUT_ERROR")
    s.control("PUT", "/config", {"linear": {"error_status": 400}})
    expect("other status", s.linear(BY_ID, {"id": "IT-1"}).status, 400)
    s.control("PUT", "/config", {"linear": {"error_status": 200}})


@test
def linear_checks_ids_and_values(s):
    for bad in ({"id": "not-a-uuid"}, {"id": "6f1c6c1e-5a0b-7d7e-9c55-0c1f0a6f2b11"}, {"teamId": "IT"}, {"title": ""},
                {"priority": 5}, {"labelIds": ["x"]}, {"assigneeId": "ada"}):
        answer = s.linear(CREATE, issue_input(**bad))
        expect(f"{bad}", (code_of(answer), answer.json["errors"][0]["message"]), ("INVALID_INPUT", "Argument Validation Error"))
        expect("effect", s.last()["effect"], "none")


@test
def linear_validates_like_graphql(s):
    def refused(query, variables=None, **more):
        answer = s.linear(query, variables, **more)
        expect(query[:60], (answer.status, code_of(answer)), (400, "GRAPHQL_VALIDATION_FAILED"))
        return answer.json["errors"][0]["message"]
    assert '"teamID" is not defined' in refused(CREATE, {"input": {"teamID": TEAM, "title": "x"}})
    assert '"teamId" of required type' in refused(CREATE, {"input": {"title": "x"}})
    refused(CREATE, {"input": {"teamId": TEAM, "title": 7}})
    refused(CREATE, {"input": {"teamId": TEAM, "priority": "3"}})
    refused(CREATE, {"input": {"teamId": TEAM, "dueDate": "tomorrow"}})
    refused(CREATE, {"input": {"teamId": TEAM, "slaType": "weekdays"}})
    refused(CREATE, {"input": {"teamId": TEAM, "labelIds": [1]}})
    refused(CREATE, {"input": None})
    refused(CREATE, {})
    refused(CREATE, [])
    assert "Cannot query field" in refused(CREATE.replace("lastSyncId", "issueId"), issue_input())
    refused(CREATE.replace("$input: IssueCreateInput!", "$input: IssueCreateInput"), issue_input())
    refused(BY_ID.replace("$id: String!", "$id: UUID!"), {"id": "x"})
    refused(BY_ID.replace("$id: String!", "$id: ID!"), {"id": "x"})
    for query in ("{ viewer { id }", "{ viewer }", "{ viewer { id { x } } }", "{ viewer(id: 1) { id } }", "{ issue { id } }",
                  "{ nothing }", "query Q { viewer { id } } query Q { viewer { id } }", "subscription { x }", "", "{ }",
                  "query Q($x: Int) { viewer { id } }", "{ issue(id: $x) { id } }", "{ viewer { id id: name } }",
                  "{ issues(first: \"1\") { nodes { id } } }", "{ issues(filter: { nope: 1 }) { nodes { id } } }",
                  "{ issue(id: \"x) { id } }", "{ viewer { ...on User { id } } }", "{ issue(id: 01) { id } }",
                  "{ issues(first: 3000000000) { nodes { id } } }",
                  'mutation { issueCreate(input: {teamId: "x", dueDate: "2026-13-01"}) { success } }',
                  "mutation { a: issueCreate(input: {teamId: \"x\"}) { success } b: issueCreate(input: {teamId: \"x\"}) { success } }"):
        refused(query)
    refused("query A { viewer { id } } query B { viewer { name } }")
    refused("query A { viewer { id } }", operationName="C")
    expect("op", s.last()["op"], "linear.invalid")
    for body in (b"", b"[]", b"{", b'{"query":1}', b"\xff", b"[" * 200000):
        answer = s.ask("POST", "/graphql", body, {"Content-Type": "application/json", "Authorization": "lin_api_1"})
        expect(f"{body[:8]}", code_of(answer), "GRAPHQL_VALIDATION_FAILED")


@test
def linear_reads_inline_arguments_aliases_and_operation_names(s):
    wanted = str(uuid.uuid4())
    inline = ('mutation { made: issueCreate(input: { id: "%s", teamId: "%s", title: "Inline \\"quoted\\"", slaType: all, '
              'labelIds: "%s" }) { __typename ok: success issue { title labelIds } } }' % (wanted, TEAM, LABEL))
    expect("inline", s.linear(inline).json["data"]["made"],
           {"__typename": "IssuePayload", "ok": True, "issue": {"title": 'Inline "quoted"', "labelIds": [LABEL]}})
    two = "query A { viewer { id } } query B($n: Int = 1) { issues(first: $n) { nodes { id } pageInfo { hasNextPage } } }"
    page = s.linear(two, None, operationName="B").json["data"]["issues"]
    expect("page", ([n["id"] for n in page["nodes"]], page["pageInfo"]["hasNextPage"]), ([wanted], True))
    flight = s.linear(PREFLIGHT, {"teamId": TEAM}).json["data"]
    expect("preflight", (flight["team"]["key"], sorted(flight)), ("IT", ["rateLimitStatus", "team", "viewer"]))


@test
def linear_attaches_a_url_to_an_issue_once(s):
    variables = issue_input()
    s.linear(CREATE, variables)
    issue, url = variables["input"]["id"], f"https://reclaim.example/{uuid.uuid4()}"
    link = {"input": {"issueId": issue, "title": "Approval", "url": url, "metadata": {"approval": "apr_1"}}}
    first = s.linear(ATTACH, link).json["data"]["attachmentCreate"]["attachment"]
    link["input"]["title"] = "Changed"
    second = s.linear(ATTACH, link).json["data"]["attachmentCreate"]["attachment"]
    expect("same", (second["id"], second["title"], s.last()["created"]), (first["id"], "Changed", False))
    found = s.linear(BY_URL, {"url": url}).json["data"]["attachmentsForURL"]["nodes"]
    expect("by url", [n["issue"]["id"] for n in found], [issue])
    comment = "mutation C($input: CommentCreateInput!) { commentCreate(input: $input) { success comment { id body issue { id } } } }"
    said = {"input": {"id": str(uuid.uuid4()), "issueId": issue, "body": "Removed."}}
    expect("comment", s.linear(comment, said).json["data"]["commentCreate"]["comment"]["issue"]["id"], issue)
    expect("comment twice", s.linear(comment, said).json["errors"][0]["message"], "conflict on insert of Comment")


# --- Requester ----------------------------------------------------------------------------------------------------

@test
def requester_accepts_what_is_signed(s):
    for number, secret in enumerate(SECRETS):
        expect("status", s.deliver(BODY, secret, id_=f"cb_{number}").status, 204)
    line = s.last()
    for name, value in {"vendor": "requester", "op": "requester.post", "endpoint": "desk", "webhook_id": "cb_1",
                        "sig_ok": True, "says": "seat.deprovision.completed", "approval_id": "apr_0001", "effect": "applied",
                        "body": BODY.decode(), "body_sha256": hashlib.sha256(BODY).hexdigest()}.items():
        expect(name, line[name], value)
    expect("again", (s.deliver(BODY, id_="cb_0").status, s.last()["effect"]), (204, "none"))
    expect("rotation", s.deliver(BODY, id_="cb_3", extra="v1a,AAAA  v1,bm90IGl0 ").status, 204)
    kept = {d["webhook_id"]: d["count"] for d in s.control("GET", "/requester/deliveries").json["deliveries"]}
    expect("kept", (kept["cb_0"], kept["cb_1"]), (2, 1))
    expect("edge of the window", s.deliver(BODY, id_="cb_4", at=int(time.time()) - 298).status, 204)


@test
def requester_refuses_the_rest(s):
    other = "whsec_//79/Pv6+fj39vX08/Lx8O/u7ezr6uno"
    now = int(time.time())
    for given in ({"secret": other}, {"at": now - 302}, {"at": now + 304}, {"at": f"{now}x"}, {"id_": "a.b"}, {"extra": "v2"}):
        expect(f"{given}", s.deliver(BODY, **given).status, 401)
        expect("log", (s.last()["sig_ok"], s.last()["effect"]), (False, "refused"))
    expect("unsigned", s.ask("POST", "/requester/desk", BODY, {"Content-Type": "application/json"}).status, 401)
    expect("media type", s.deliver(BODY, id_="cb_x", kind="text/plain").status, 415)
    expect("not JSON", s.deliver(b"{", id_="cb_x").status, 400)
    expect("method", s.ask("GET", "/requester/desk").status, 405)
    expect("stranger", s.deliver(BODY, name="nobody").status, 404)
    expect("binary", (s.deliver(b"\xff\xfe", id_="cb_x").status, s.last()["body"]), (400, "\ufffd\ufffd"))


# --- Drafter ------------------------------------------------------------------------------------------------------

@test
def drafter_says_what_it_was_told_to_whoever_asks_in_the_right_form(s):
    def chat(body, key="model-key", path="/v1/chat/completions"):
        return s.ask("POST", path, json.dumps(body), {"Content-Type": "application/json", "Authorization": f"Bearer {key}"})

    s.control("PUT", "/config", {"drafter": {"token": "model-key", "says": "Tidy up."}})
    asked = {"model": "small", "messages": [{"role": "user", "content": "What now?"}]}
    expect("says", chat(asked).json["choices"][0]["message"]["content"], "Tidy up.")
    expect("log", {name: s.last()[name] for name in ("op", "model", "prompt", "effect")},
           {"op": "drafter.chat", "model": "small", "prompt": "What now?", "effect": "none"})
    expect("key", (chat(asked, "other").status, s.last()["effect"]), (401, "refused"))
    for wrong in ({}, {"model": "small"}, {"model": "small", "messages": []}, {"messages": asked["messages"]}, asked | {"messages": [{"role": "user"}]}):
        expect(f"{wrong}", (chat(wrong).status, s.last()["op"]), (400, "drafter.invalid"))
    expect("path", chat(asked, path="/v1/models").status, 404)
