#!/usr/bin/env python3
"""A SCIM 2.0 server that others wrote judges the SCIM recipes: one removal each, by a whole worker, and nobody else loses a thing."""
import http.client
import json
import pathlib
import subprocess
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test
from npm_packages import npm_packages
from world import World

STORY = ["received", "revoke_attempted", "revoke_confirmed", "ticket_opened", "requester_confirmed"]
TOKEN = "scim-token"
ADA = "ada@example.com"


class ScimServer:
    """Two people, ada and bob, and one group with both."""

    def __init__(self, world):
        npm = npm_packages("scimmy", "scimmy-routers", "express")
        self.process = subprocess.Popen(["node", npm / "scim_server.mjs"], stdout=subprocess.PIPE, text=True)
        world.callback(self.end)
        self.url = self.process.stdout.readline().strip()
        self.ada, self.bob = (self.call("POST", "/Users", schema("User") | {"userName": name, "active": True})["id"]
                              for name in (ADA, "bob@example.com"))
        self.group = self.call("POST", "/Groups", schema("Group") | {
            "displayName": "designers", "members": [{"value": self.ada}, {"value": self.bob}]})["id"]

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def call(self, method, path, body=None):
        """The answer's document, or its status where there is none to speak of."""
        at = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(at.hostname, at.port, timeout=10)
        connection.request(method, at.path + path, json.dumps(body) if body else None,
                           {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/scim+json"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return json.loads(text) if answer.status < 300 else answer.status

    def actives(self):
        return [user if isinstance(user, int) else user["active"]
                for user in (self.call("GET", f"/Users/{id}") for id in (self.ada, self.bob))]

    def members(self):
        return [{self.ada: "ada", self.bob: "bob"}[member["value"]] for member in self.call("GET", f"/Groups/{self.group}")["members"]]


def schema(name):
    return {"schemas": [f"urn:ietf:params:scim:schemas:core:2.0:{name}"]}


def removes(recipe, actives, members):
    with World() as world:
        scim = ScimServer(world)
        world.write_secret("okta.token", TOKEN)
        group = f'group_id = "{scim.group}"'
        world.start_worker(changes=[(f'okta-app-assignment.toml"\nurl = "{world.sandbox.url}"', f'{recipe}.toml"\nurl = "{scim.url}"'),
                                    ('auth = "ssws"', 'auth = "bearer"'), ('app_id = "figma"', group), ('app_id = "slack"', group)])
        epoch = world.db.value("select reclaim.flag_seat('figma', %s, %s, %s)", scim.ada, scim.ada, ADA)
        job = world.enqueue("figma", scim.ada, epoch, email=ADA)
        world.wait_finished(job)
        expect("the story", world.events(job), STORY)
        expect("active: ada, bob", scim.actives(), actives)
        expect("the group", scim.members(), members)


@test
def an_account_is_deactivated_by_its_id():
    removes("scim-user-deactivation", [False, True], ["ada", "bob"])


@test
def an_account_is_found_by_its_name_and_deactivated():
    removes("scim-user-by-name", [False, True], ["ada", "bob"])


@test
def an_account_is_deleted():
    removes("scim-user-deletion", [404, True], ["ada", "bob"])


@test
def one_member_is_taken_out_of_a_group_and_the_others_stay():
    removes("scim-group-member", [True, True], ["bob"])


main()
