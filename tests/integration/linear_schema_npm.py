#!/usr/bin/env python3
"""Every GraphQL document that is sent to Linear, with what is sent in it, is judged by graphql.js on Linear's own schema; so is the
sandbox's idea of that schema. Kept here is the part of it that both use: tests/support/npm/linear_part.mjs cuts it out."""
import json
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from full_ticket import FULL_TICKET
from harness import REPO, expect, main, test
from npm_packages import npm_packages
from world import World

SCHEMA = REPO / "tests" / "support" / "linear" / "schema.graphql"
RAW_STRING = re.compile(r'(\w+) = R"\((.*?)\)"', re.S)


def documents():
    """By the name of the constant."""
    return dict(RAW_STRING.findall((REPO / "worker" / "delivery" / "linear_documents.hpp").read_text()))


def sandbox_slice():
    return RAW_STRING.search((REPO / "tests" / "sandbox" / "linear_schema.cpp").read_text()).group(2)


def judge(*requests, slice_text=None):
    asked = {"schema": SCHEMA.read_text(), "slice": slice_text or sandbox_slice(), "requests": requests}
    done = subprocess.run(["node", npm_packages("graphql") / "linear_judge.mjs"], input=json.dumps(asked), text=True, capture_output=True,
                          check=True)
    return json.loads(done.stdout)


@test
def every_document_that_is_sent_is_valid_by_linears_schema():
    known = documents()
    expect("there are", set(known), {"create", "find", "attach", "comment", "preflight"})
    expect("what is wrong with them", judge(*({"query": text} for text in known.values()))["requests"], [[] for _ in known])


@test
def a_ticket_with_every_field_its_link_and_a_comment_is_valid_input():
    with World() as world:
        world.start_worker(changes=FULL_TICKET)
        world.wait_finished(world.enqueue("figma", "ada"))
        issue = world.sandbox.issues()[0]
        attached = world.sandbox.on_issues("attachment")[0]
    link = {"issueId": issue["id"], "title": attached["title"], "url": attached["url"]}
    said = {"id": issue["id"], "issueId": issue["id"], "body": "back"}
    requests = [{"query": documents()[name], "variables": {"input": given}}
                for name, given in (("create", json.loads(issue["input"])), ("attach", link), ("comment", said))]
    expect("what is wrong with them", judge(*requests)["requests"], [[], [], []])


@test
def a_wrong_document_or_input_is_refused_so_the_judge_can_say_no():
    create = documents()["create"]
    ids = {"id": "6f1c6c1e-5a0b-4d7e-9c55-0c1f0a6f2b11"}
    wrong = judge({"query": create, "variables": {"input": ids | {"teamID": "x", "teamId": "x"}}},
                  {"query": create, "variables": {"input": ids}},
                  {"query": create, "variables": {"input": {"teamId": "x", "labelIds": [7]}}},
                  {"query": create.replace("issue {", "issueId issue {")},
                  {"query": documents()["find"].replace("$id: String!", "$id: UUID!")})["requests"]
    for what, errors in zip(("Did you mean \"teamId\"", "\"teamId\" of required type", "String cannot represent", "issueId", "UUID"), wrong):
        expect(f"{what} in {errors}", any(what in error for error in errors), True)


@test
def what_the_sandbox_serves_and_takes_is_what_linear_does():
    expect("differences", judge()["slice"], [])
    bent = sandbox_slice().replace("dueDate: TimelessDate estimate: Int", "dueDate: DateTime").replace("success: Boolean!", "success: String!")
    told = judge(slice_text=bent)["slice"]
    for what in ("IssueCreateInput.dueDate is DateTime", "IssueCreateInput.estimate is missing", "IssuePayload.success is String!"):
        expect(what, any(what in difference for difference in told), True)


main()
