#!/usr/bin/env python3
"""Limits of a connector hold over all workers together, exactly, by the vendor's own log; and its circuit breaker lets one probe through."""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import REPO, expect, main, test, wait_until
from world import World

RECIPE = f'recipe = "{REPO}/deploy/recipes/okta-app-assignment.toml"'


def limited(*lines):
    """The change to the configuration that gives the connector okta these lines."""
    return [('auth = "ssws"', 'auth = "ssws"\n' + "\n".join(lines))]


def seats(world, count, app="figma"):
    return [world.enqueue(app, f"{app}-{number}") for number in range(count)]


def vendor_calls(world):
    """Every request that reached Okta, as (arrived, answered) in seconds, in the order of arrival."""
    return sorted((call["arrived_us"] / 1e6, call["at_us"] / 1e6) for call in world.sandbox.calls(vendor="okta"))


def charged(world):
    """The highest number that an attempt was counted by."""
    return world.db.value("select max(attempt) from reclaim.audit where event_type = 'revoke_attempted'")


def most_at_once(calls):
    """How many calls overlapped at most."""
    steps = sorted([(arrived, 1) for arrived, _ in calls] + [(answered, -1) for _, answered in calls], key=lambda s: (s[0], s[1]))
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


def beyond(calls, rate, burst):
    """The worst of all windows that begin and end with a call: how many calls more than the limit it holds."""
    times = [arrived for arrived, _ in calls]
    return max(last - first + 1 - (rate * (times[last] - times[first]) + burst)
               for first in range(len(times)) for last in range(first, len(times)))


def start_workers(world, count, changes):
    return [world.start_worker(f"worker-{number}", changes=changes) for number in range(count)]


@test
def eight_workers_together_never_exceed_the_rate():
    with World() as world:
        jobs = seats(world, 18)
        start_workers(world, 8, limited('rate = "8/s"', "burst = 3"))
        world.wait_finished(*jobs, limit_s=30)
        calls = vendor_calls(world)
        about_seats = len(calls) - len(world.sandbox.calls("okta.get_app"))
        expect("calls: a look, the act and a look for each", about_seats, 54)
        expect("calls more than the rate allows, in the worst of all windows", max(beyond(calls, 8, 3), 0), 0)
        expect("attempts charged", charged(world), 1)
        expect("intents written", world.db.value("select count(*) from reclaim.audit where event_type = 'revoke_attempted'"), 18)


@test
def eight_workers_together_never_have_more_calls_under_way_and_the_dead_and_frozen_count_too():
    with World(worker='call_time = "3s"') as world:
        world.sandbox.faults({"on": "okta.*", "kind": "latency", "ms": 60, "jitter_ms": 60})
        jobs = seats(world, 30)
        workers = start_workers(world, 8, limited("concurrency = 3"))
        wait_until(lambda: len(vendor_calls(world)) > 6, "the work has begun")
        workers[0].kill9()
        workers[1].freeze()
        wait_until(lambda: len(vendor_calls(world)) > 30, "the work goes on")
        workers[1].thaw()
        workers[2].kill9()
        world.wait_finished(*jobs, limit_s=50)
        calls = vendor_calls(world)
        expect("calls at once", most_at_once(calls), 3)
        expect("removals", len([c for c in world.sandbox.calls("okta.delete_app_user") if c["effect"] == "applied"]), 30)
        wait_until(lambda: world.db.value("select count(*) from reclaim.call_permit where ends_at > reclaim.clock()") == 0,
                   "no permit is left behind", 15)


@test
def the_place_of_a_killed_worker_is_free_again_when_its_call_must_have_ended():
    with World(worker='call_time = "3s"') as world:
        world.sandbox.faults({"on": "okta.get_app_user", "kind": "hold", "times": 1})
        first = world.start_worker("first", changes=limited("concurrency = 1"))
        caught = world.enqueue("figma", "ada")
        wait_until(lambda: world.sandbox.held() == 1, "its call is under way")
        ends_us = world.db.value("select extract(epoch from ends_at) * 1000000 from reclaim.call_permit")
        first.kill9()
        killed_us = time.time() * 1e6
        world.start_worker("second", changes=limited("concurrency = 1"))
        other = world.enqueue("slack", "grace")
        world.wait_finished(caught, other, limit_s=15)
        arrivals = [call["arrived_us"] for call in world.sandbox.calls(vendor="okta")]
        expect("a call before the dead worker's must have ended", [at for at in arrivals if killed_us < at < ends_us], [])


@test
def jobs_of_a_slow_connector_are_in_nobodys_way():
    other = ("[apps.slack]\nconnector = \"okta\"", "[connectors.fast]\n" + RECIPE + '\nurl = "{url}"\nauth = "ssws"\ntoken_file = "okta.token"\n\n'
             "[apps.slack]\nconnector = \"fast\"")
    with World(worker="in_flight_max = 10") as world:
        slow = seats(world, 60)
        changes = limited('rate = "1/s"') + [(other[0], other[1].format(url=world.sandbox.url))]
        start_workers(world, 2, changes)
        wait_until(lambda: world.db.value("select count(*) from reclaim.job where waiting_for = 'limit:okta'") > 50, "they stand in line")
        fast = seats(world, 40, "slack")
        world.wait_finished(*fast, limit_s=15)
        done = world.db.value("select count(*) from reclaim.job_done j join reclaim.approval a using (id) where a.app = 'figma'")
        expect("slow ones that were first", done < 30, True)
        shown = world.db.row("select * from reclaim.connector_limits where connector = 'okta'")
        expect("what the view says", (shown["calls_per_second"], shown["burst"], shown["jobs_waiting"] > 40), (1, 1, True))
        expect("attempts charged while waiting", world.db.value("select max(attempts) from reclaim.job where state = 'validate'"), 0)


@test
def two_jobs_about_one_person_never_call_at_once():
    with World() as world:
        recipe = world.folder / "one-at-a-time.toml"
        text = (REPO / "deploy/recipes/okta-app-assignment.toml").read_text()
        recipe.write_text(text.replace("[limits]", '[limits]\none_call_per = "subject"'))
        world.sandbox.faults({"on": "okta.*", "kind": "latency", "ms": 40, "jitter_ms": 40})
        people = [f"p{number}" for number in range(5)]
        jobs = [world.enqueue(app, person) for person in people for app in ("figma", "slack")]
        start_workers(world, 4, [(RECIPE, f'recipe = "{recipe}"')])
        world.wait_finished(*jobs, limit_s=30)
        for person in people:
            calls = [(call["arrived_us"], call["at_us"]) for call in world.sandbox.calls(vendor="okta") if call.get("user") == person]
            expect(f"calls at once about {person}", most_at_once(calls), 1)
            expect(f"calls about {person}", len(calls), 6)
        expect("calls at once about anybody", most_at_once(vendor_calls(world)) > 1, True)
        expect("attempts charged", charged(world), 1)


@test
def a_vendor_that_fails_is_left_alone_until_one_probe_is_answered():
    with World(worker='revoke_retry.base = "100ms"\nbreaker.base = "500ms"\nbreaker.failures_max = 5') as world:
        world.sandbox.faults({"on": "okta.*", "kind": "status", "status": 503})
        start_workers(world, 4, ())
        jobs = seats(world, 12)
        gate = wait_until(lambda: world.db.row("select * from reclaim.gate where scope = 'connector:okta'"), "the gate closes")
        expect("it opens by itself, after a probe", (gate["closed_until"], gate["probe_at"] is not None), ("infinity", True))
        expect("why", "calls in a row failed; the last: status 503" in gate["why"], True)
        late = seats(world, 12, "slack")
        wait_until(lambda: world.db.value("select count(*) from reclaim.job where waiting_for = 'connector:okta'") == 24, "all wait for it")
        def others():
            return len(world.sandbox.calls(vendor="okta")) - len(world.sandbox.calls("okta.get_app"))
        before = others()
        wait_until(lambda: len(world.sandbox.calls("okta.get_app")) >= 2, "it was probed twice, without success", 20)
        probes = world.sandbox.calls("okta.get_app")
        gaps = [(b["arrived_us"] - a["arrived_us"]) / 1e6 for a, b in zip(probes, probes[1:])]
        expect("two probes within the shortest pause", [gap for gap in gaps if gap < 0.5], [])
        expect("other calls while it was closed", others() - before, 0)
        expect("attempts charged to those that did not call",
               world.db.value("select max(attempts) from reclaim.job where id >= %s", late[0]), 0)
        world.sandbox.faults()
        world.wait_finished(*jobs, *late, limit_s=30)
        expect("nobody had to open it", world.db.rows("select actor_kind, count(*) from reclaim.audit where event_type = 'gate_opened' group by 1"),
               [{"actor_kind": "worker", "count": 1}])
        expect("removed", world.db.value("select count(*) from reclaim.job_done where outcome = 'removed'"), 24)
        wait_until(lambda: world.db.value("select count(*) from reclaim.connector_trouble") == 0, "and all is forgotten")


@test
def two_vendors_whose_probes_are_due_at_once_are_both_probed_by_one_worker():
    second = [("[apps.figma]", f'[connectors.second]\n{RECIPE}\nurl = "http://{{sandbox}}"\nauth = "ssws"\ntoken_file = "okta.token"\n\n[apps.figma]'),
              ('[apps.slack]\nconnector = "okta"', '[apps.slack]\nconnector = "second"')]
    with World(worker='revoke_retry.base = "100ms"\nbreaker.base = "200ms"\nbreaker.failures_max = 2') as world:
        second[0] = (second[0][0], second[0][1].replace("http://{sandbox}", world.sandbox.url))
        world.sandbox.faults({"on": "okta.*", "kind": "status", "status": 503})
        first = world.start_worker("first", changes=second)
        jobs = seats(world, 4) + seats(world, 4, "slack")
        wait_until(lambda: world.db.value("select count(*) from reclaim.gate where probe_at is not null") == 2, "both gates close")
        first.kill9()
        wait_until(lambda: world.db.value("select bool_and(probe_at <= reclaim.clock()) from reclaim.gate"), "both probes are due", 60)
        world.sandbox.faults()
        other = world.start_worker("other", changes=second)
        world.wait_finished(*jobs, limit_s=30)
        expect("questions that got into each other's way", [line for line in other.lines if "task_failed" in line or "trouble_report_delayed" in line], [])


@test
def a_vendor_that_tells_what_is_left_is_slowed_down_to_before_it_refuses():
    with World(worker="in_flight_max = 2") as world:
        world.sandbox.control("PUT", "/config", {"okta": {"limit": {"calls": 60, "seconds": 3}}})
        jobs = seats(world, 30)
        workers = start_workers(world, 3, ())
        world.wait_finished(*jobs, limit_s=40)
        refused = [call for call in world.sandbox.calls(vendor="okta") if call["status"] == 429]
        expect("calls the vendor had to refuse", len(refused), 0)
        expect("a worker told the others", any(worker.logged("connector_slowed") for worker in workers), True)
        expect("removed", world.db.value("select count(*) from reclaim.job_done where outcome = 'removed'"), 30)


main()
