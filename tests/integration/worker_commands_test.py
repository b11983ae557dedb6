#!/usr/bin/env python3
"""check and sample: what they say when all is well, and for each problem the words that name its fix."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test
from world import World


def output(program):
    return "\n".join(program.lines)


def expect_said(program, status, *said):
    expect("exit status", program.process.returncode, status)
    for words in said:
        expect(f"says {words!r}:\n{output(program)}\n", words in output(program), True)


def outside_traffic(world):
    """Calls that change or might change something."""
    return [call["op"] for call in world.sandbox.calls() if call["method"] == "DELETE" or call["op"] == "linear.issueCreate"
            or call["vendor"] == "requester"]


@test
def check_finds_nothing_wrong_with_a_good_installation():
    with World() as world:
        done = world.worker_command("check")
        expect_said(done, 0, "the database answers as reclaim_worker", "clock within 2 s of the database's", "schema version 1",
                    "trigger is on, closed gates: none", "connector okta answers and accepts our credential",
                    "Linear accepts our key and sees the team", "nothing is wrong")
        expect("problems", "PROBLEM" in output(done), False)
        expect("what it changed outside", outside_traffic(world), [])


@test
def check_tells_of_closed_gates_and_of_the_trigger():
    with World(trigger=False) as world:
        world.db.row("select reclaim.close_gate('linear', 'pause')")
        expect_said(world.worker_command("check"), 0, "trigger is off, closed gates: linear")


@test
def check_without_a_schema_says_how_to_make_one():
    with World() as world:
        world.cluster.admin.run("drop database if exists bare; create database bare")
        url = world.cluster.url_of("bare")
        expect_said(world.worker_command("check", database_url=url), 1, "PROBLEM", "reclaim", "fix: run reclaim-worker migrate")
        migrated = world.worker_command("migrate", database_url=url)
        expect_said(migrated, 0, "the database is at version 1")
        expect_said(world.worker_command("check", database_url=url), 0, "nothing is wrong")
        world.cluster.admin.run("drop database bare")


@test
def check_with_a_role_that_has_no_rights_says_which_role_to_use():
    with World() as world:
        world.cluster.admin.run("drop role if exists stranger; create role stranger login")
        url = world.db.url.replace("//postgres@", "//stranger@")
        expect_said(world.worker_command("check", database_url=url), 1, "PROBLEM", "permission denied",
                    "fix: connect as reclaim_worker, or grant that role to this user")
        world.cluster.admin.run("drop role stranger")


@test
def check_with_the_database_away_still_looks_at_the_vendors():
    with World() as world:
        done = world.worker_command("check", database_url="postgresql://reclaim_worker@127.0.0.1:1/nowhere")
        expect_said(done, 1, "PROBLEM  the database cannot be reached", "fix: mend [database] conninfo, the server, or pg_hba.conf",
                    "connector okta answers", "1 problem(s)")


@test
def check_finds_a_vendor_that_is_not_there():
    with World() as world:
        recipe = 'recipes/okta-app-assignment.toml"\n'
        done = world.worker_command("check", changes=[(recipe + f'url = "{world.sandbox.url}"', recipe + 'url = "http://127.0.0.1:1"')])
        expect_said(done, 1, "PROBLEM  connector okta:", "check address, network and certificates", "fix: mend [connectors.okta]",
                    "Linear accepts our key", "1 problem(s)")


@test
def check_finds_tokens_the_vendors_refuse():
    with World() as world:
        world.sandbox.control("PUT", "/config", {"okta": {"token": "other"}, "linear": {"api_key": "other"}})
        done = world.worker_command("check")
        expect_said(done, 1, "PROBLEM  connector okta:", "the token is not valid; put a valid one in place", "fix: mend [connectors.okta]",
                    "PROBLEM  Linear:", "put a valid key in place", "fix: mend [linear]", "2 problem(s)")
        expect("tokens in the output", [word for word in ("sandbox-okta-token", "lin_api_sandbox") if word in output(done)], [])


@test
def check_finds_an_app_without_a_variable_its_recipe_needs():
    with World() as world:
        done = world.worker_command("check", changes=[('app_id = "slack"', 'app = "slack"')])
        expect_said(done, 1, "[apps.slack] vars: the recipe okta-app-assignment needs app_id; add it to vars")


@test
def check_finds_an_app_the_vendor_does_not_know():
    with World() as world:
        done = world.worker_command("check", changes=[('app_id = "slack"', 'app_id = "slakc"')])
        expect_said(done, 1, "PROBLEM  connector okta:", "correct app_id")


@test
def check_finds_a_team_linear_does_not_show():
    with World() as world:
        done = world.worker_command("check", changes=[('ticket.team_id = "3b7d3585', 'ticket.team_id = "00000000')])
        expect_said(done, 1, "PROBLEM  Linear:", "fix: mend [linear]")


@test
def a_misspelled_key_stops_every_command_and_is_named_with_its_line():
    with World(worker='leese = "3s"') as world:
        for command, more in (("check", []), ("run", []), ("sample", ["--app", "figma", "--seat", "ada"])):
            done = world.worker_command(command, *more)
            expect_said(done, 1, "leese", f"{command}.toml")
        done = world.worker_command("check", changes=[('auth = "ssws"', 'auth = "sswz"'), ('token_file = "linear.key"', "")])
        # Every problem at once, not one per try.
        expect_said(done, 1, "leese", "auth", "token")


@test
def a_secret_that_others_can_read_is_refused():
    with World() as world:
        (world.folder / "okta.token").chmod(0o644)
        expect_said(world.worker_command("check"), 1, "okta.token")


@test
def sample_shows_what_a_live_removal_would_do_and_changes_nothing():
    with World() as world:
        world.flag("figma", "ada")
        world.db.row("select reclaim.set_budget('app:figma', '1 hour', 'test', 3)")
        before = world.db.value("select count(*) from reclaim.audit")
        done = world.worker_command("sample", "--app", "figma", "--seat", "ada", "--approver", "it.lead@example.com")
        expect_said(done, 0, "1. validate", "held by ada, flagged, flag epoch 1", "still_flagged=pass", "approval_age_max=", "budget  1: 0 of 3 spent",
                    "all open", "mode    live", "2. revoke", "would send this now, then read the seat back",
                    f"DELETE {world.sandbox.url}/api/v1/apps/figma/users/ada", "Authorization: (left out)", "3. record", "4. ticket",
                    "Clean up reclaimed seat: figma (ada)", "5. confirm", "/requester/itsm", '"type" : "seat.removal.completed"',
                    "A live approval would run through.")
        expect("secrets in the output", [word for word in ("sandbox-okta-token", "lin_api_sandbox") if word in output(done)], [])
        expect("what it changed outside", outside_traffic(world), [])
        expect("what it wrote", world.db.value("select count(*) from reclaim.audit"), before)
        expect("still assigned", world.sandbox.holds("figma", "ada"), True)


@test
def sample_shows_a_budget_that_is_spent_and_a_mode_that_is_not_live():
    with World() as world:
        world.flag("figma", "ada")
        world.db.row("select reclaim.set_mode('figma', 'plan', 'test')")
        expect_said(world.worker_command("sample", "--app", "figma", "--seat", "ada", "--approver", "it.lead@example.com"), 0,
                    "mode    plan: what follows is what live would do", "would send this now")
        world.db.row("select reclaim.set_mode('figma', 'live', 'test')")
        world.db.row("select reclaim.set_budget('all', '1 hour', 'test', 1)")
        world.start_worker()
        world.wait_finished(world.enqueue("figma", "eve"))
        expect_said(world.worker_command("sample", "--app", "figma", "--seat", "ada", "--approver", "it.lead@example.com"), 1,
                    "budget  1: 1 of 1 spent", "would be refused or held here")


@test
def sample_stops_where_a_live_removal_would():
    with World() as world:
        def sample(seat, approver="it.lead@example.com"):
            return world.worker_command("sample", "--app", "figma", "--seat", seat, "--approver", approver)
        expect_said(sample("nobody"), 1, "seat nobody of figma is not known", "reclaim.flag_seat('figma', 'nobody'")
        world.flag("figma", "ada")
        expect_said(sample("ada", "ada"), 1, "approver_is_not_subject=fail:approver_is_subject", "would be refused or held here")
        world.sandbox.assign("figma", "ada", scope="GROUP", groups=["designers"])
        expect_said(sample("ada"), 1, "does not allow a removal", "take the person out of the group", "would stop here")
        world.sandbox.control("PUT", "/config", {"okta": {"token": "other"}})
        expect_said(sample("ada"), 1, "the token is not valid")


main()
