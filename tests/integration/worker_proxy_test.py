#!/usr/bin/env python3
"""A forward proxy: https goes through it, the vendor is still verified by name, and what the proxy refuses was not sent."""
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from connect_proxy import ConnectProxy, TlsFront, make_certificate
from harness import expect, main, test, wait_until
from world import World

HOST = "okta.example.test"  # a name that nobody but the proxy can resolve
PLACE = f"{HOST}:443"


class ProxyWorld(World):
    """Okta is reached by the proxy alone; Linear and the requester, by http, directly."""

    def __init__(self, presents=HOST, user=None, password=None, lines="", **more):
        super().__init__(worker='revoke_retry = { base = "50ms", cap = "300ms", attempts_max = 100 }', **more)
        certificate, key = make_certificate(self.folder, presents)
        self.front = TlsFront(certificate, key, int(self.sandbox.url.rpartition(":")[2]))
        self.callback(self.front.close)
        self.proxy = ConnectProxy({PLACE: self.front.port}, user, password)
        self.callback(self.proxy.close)
        self.changes = [(f'url = "{self.sandbox.url}"\nauth = "ssws"', f'url = "https://{HOST}"\nca_file = "{certificate}"\nauth = "ssws"'),
                        ("[connectors.okta]", f'[proxy]\nurl = "{self.proxy.url}"\n{lines}\n[connectors.okta]')]


def failed_attempt(world, job):
    return wait_until(lambda: world.audit(job, "attempt_failed"), "an attempt fails")[0]


@test
def a_seat_is_removed_through_the_proxy_and_http_goes_past_it():
    with ProxyWorld() as world:
        world.start_worker(changes=world.changes)
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        expect("outcome", world.job(job)["state"], "removed")
        expect("removals", [call["effect"] for call in world.sandbox.calls("okta.delete_app_user")], ["applied"])
        expect("what the proxy was asked", set(world.proxy.seen), {(PLACE, 200)})
        expect("ticket and confirmation", (len(world.sandbox.issues()), len(world.sandbox.deliveries())), (1, 1))


@test
def a_place_that_the_proxy_refuses_was_not_sent_to_and_works_once_it_is_allowed():
    with ProxyWorld() as world:
        world.proxy.routes.clear()
        world.start_worker(changes=world.changes)
        job = world.enqueue("figma", "ada")
        failed = failed_attempt(world, job)
        expect("reason", failed["reason_code"], "vendor_unreachable")
        expect("units spent", world.db.value("select bool_or(unit_spent) from reclaim.job"), False)
        said = world.worker_command("check", changes=world.changes).tail()
        expect("check names the proxy", "the proxy: it answered 403" in said, True)
        world.proxy.routes[PLACE] = world.front.port
        world.wait_finished(job)
        expect("removals", len(world.sandbox.calls("okta.delete_app_user")), 1)


@test
def a_proxy_that_asks_who_we_are_is_told_and_a_new_password_is_taken_by_a_reload():
    with ProxyWorld(user="reclaim", password="pr0xy", lines='user = "reclaim"\npassword_file = "proxy.password"\n') as world:
        world.write_secret("proxy.password", "an old one")
        worker = world.start_worker(changes=world.changes)
        job = world.enqueue("figma", "ada")
        failed_attempt(world, job)
        expect("answers", set(world.proxy.seen), {(PLACE, 407)})
        world.write_secret("proxy.password", "pr0xy")
        worker.signal(signal.SIGHUP)
        world.wait_finished(job)
        expect("told in the log", [line for line in worker.lines if "pr0xy" in line or "an old one" in line], [])


@test
def whoever_answers_behind_the_proxy_must_prove_the_vendors_name():
    with ProxyWorld(presents="elsewhere.example.test") as world:
        world.start_worker(changes=world.changes)
        failed = failed_attempt(world, world.enqueue("figma", "ada"))
        expect("reason", failed["reason_code"], "vendor_unreachable")
        expect("calls", world.sandbox.calls(vendor="okta"), [])


@test
def a_connector_may_go_past_the_proxy():
    with ProxyWorld() as world:
        changes = [*world.changes, ('auth = "ssws"', 'proxy = false\nauth = "ssws"')]
        said = world.worker_command("check", changes=changes).tail()
        expect("it was tried directly", "cannot resolve" in said and "the proxy" not in said, True)
        expect("what the proxy was asked", world.proxy.seen, [])


main()
