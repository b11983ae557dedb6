#!/usr/bin/env python3
"""The sealer: every committed event gets a place and a signature, whatever ends it, and what it signed cannot quietly vanish."""
import json
import os
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from database import Cluster, Database
from harness import expect, main, scratch_folder, test, wait_until
from sealing import Sealer, leaves, new_key, root, wait_sealed
from webhook import http_call

cluster = Cluster.shared()


class Log:
    """A database of its own with a sealer."""

    def __enter__(self):
        self.db = cluster.fresh_database()
        self.sealer = Sealer(self.db)
        self.extra = []
        return self

    def __exit__(self, *_):
        for each in (*self.extra, self.sealer):
            each.end()
        cluster.drop(self.db)

    def flag(self, count, start=0):
        self.db.value("select count(reclaim.flag_seat('figma', 'seat-' || n, 'user \"' || n || '\" \\ Ä')) from generate_series(%s, %s) as n",
                      start + 1, start + count)

    def approve(self, delivery_id):
        facts = json.dumps({"approval_id": delivery_id, "app": "figma", "seat": "s", "flag_epoch": 1, "subject": "s", "approver": "boss",
                            "approved_at": "2026-01-01T00:00:00Z"})
        expect("verdict", self.db.value("select verdict from reclaim.accept_webhooks(array['portal'], array[%s], array['key'], "
                                        "array['seat.removal.approved'], array['x'::bytea], array[sha256('x')], array[%s])",
                                        delivery_id, facts), "accepted")

    def expect_whole(self, notes):
        """Every checkpoint is signed, over the root of exactly that many of the leaves in the database."""
        tree = leaves(self.db)
        expect("there are checkpoints", len(notes) > 0, True)
        for note in notes:
            expect(f"the root of {note[1]}", note[2].hex(), root(tree[:note[1]]).hex())
            expect(f"the signature of {note[1]}", self.sealer.signature_is_good(note), True)
        expect("the last one covers everything", notes[-1][1], len(tree))


@test
def every_event_is_sealed_once_in_a_tree_that_is_signed():
    with Log() as log:
        log.db.value("select reclaim.set_trigger(true, 'tests')")
        log.flag(2)
        log.sealer.start()
        wait_sealed(log.db)
        for batch in range(1, 6):
            log.flag(7, start=batch * 10)
            log.db.value("select reclaim.close_gate(%s, 'words stay out of it')", 'app:a "name" \\ Ä')
            log.approve(f'msg "{batch}" \\ Ä \x01\t')
            wait_sealed(log.db)
        expect("events", log.db.value("select count(*) from reclaim.leaf"), 3 + 5 * 9)
        expect("no gap", log.db.row("select min(leaf_index), max(leaf_index) from reclaim.leaf"), {"min": 0, "max": 47})
        wait_until(lambda: log.sealer.notes()[-1][1] == 48, "the last checkpoint is in the file")
        log.expect_whole(log.sealer.notes())


@test
def what_commits_late_is_sealed_too():
    with Log() as log:
        log.sealer.start()
        late = Database(log.db.url)
        late.rows("select 1")
        late._psql.stdin.write("begin;\n")
        late.value("select reclaim.flag_seat('figma', 'late', 'late')")
        log.flag(5)
        wait_until(lambda: log.db.value("select count(*) from reclaim.leaf") == 5, "the others are sealed")
        # Passes go by in which the late event is not to be seen; what they know of its transaction must last.
        size = log.db.value("select max(tree_size) from reclaim.seal")
        for n in range(5):
            log.flag(1, start=100 + n)
            wait_until(lambda n=n: log.db.value("select max(tree_size) from reclaim.seal") == size + n + 1, "another pass")
        late._psql.stdin.write("commit;\n")
        late.rows("select 1")
        wait_sealed(log.db)
        expect("its id is smaller than those sealed before it",
               log.db.value("select bool_or(earlier.audit_id > l.audit_id) from reclaim.leaf l join reclaim.leaf earlier "
                            "on earlier.leaf_index < l.leaf_index"), True)
        expect("settled", log.db.value("select max(settled_id) < (select min(audit_id) from reclaim.audit where app is not null) "
                                       "from reclaim.seal"), True)
        late.close()
        wait_until(lambda: log.sealer.notes()[-1][1] == 11, "the last checkpoint is in the file")
        log.expect_whole(log.sealer.notes())


@test
def one_is_active_and_another_takes_over_when_it_is_killed():
    with Log() as log:
        log.sealer.start()
        log.sealer.program.wait_line('"sealer_active"')
        other = log.sealer.twin(log.db, "other").start()
        log.extra.append(other)
        log.flag(4)
        wait_sealed(log.db)
        expect("the second waits", other.program.logged("sealer_active"), [])
        log.sealer.program.kill9()
        log.flag(4, start=10)
        wait_sealed(log.db)
        other.program.wait_line('"sealer_active"')
        wait_until(lambda: other.notes() and other.notes()[-1][1] == 8, "the last checkpoint is in its file")
        log.expect_whole(other.notes())
        expect("its file begins where the log begins", other.notes()[0][1], log.sealer.notes()[0][1])
        # And the first comes back, behind.
        log.sealer.start()
        other.program.terminate()
        log.flag(1, start=20)
        wait_sealed(log.db)
        wait_until(lambda: log.sealer.notes()[-1][1] == 9, "the first has caught up")
        log.expect_whole(log.sealer.notes())


@test
def without_a_sealer_nothing_waits_and_the_health_check_tells():
    with Log() as log:
        log.flag(2)
        expect("never sealed", log.db.value("select unsealed_seconds from reclaim.queue_health"), None)
        log.sealer.start()
        wait_sealed(log.db)
        expect("all sealed", log.db.value("select unsealed_seconds from reclaim.queue_health"), 0)
        port = log.sealer.program.logged("sealer_started")[0]["ops_port"]
        wait_until(lambda: "reclaim_worker_tree_size 2" in http_call("GET", f"http://127.0.0.1:{port}/metrics", None, {}).body, "the metric")
        expect("ends at a signal", log.sealer.program.terminate(), 0)
        log.db.run("set session_replication_role = replica; insert into reclaim.audit (recorded_at, event_type, actor_kind, actor_ref) "
                   "values (now() - interval '2 minutes', 'gate_closed', 'worker', 'x')")
        log.flag(2, start=10)
        expect("age", 120 <= log.db.value("select unsealed_seconds from reclaim.queue_health") < 180, True)
        expect("health_check", log.db.value("select count(*) from reclaim.health_check() where problem ~ 'wait to be sealed' "
                                            "and fix ~ 'reclaim-worker seal'"), 1)
        log.sealer.start()
        wait_sealed(log.db)
        expect("all sealed", log.db.value("select unsealed_seconds from reclaim.queue_health"), 0)


@test
def a_log_that_was_cut_or_rewritten_is_not_signed_again():
    cut = "delete from reclaim.leaf where leaf_index >= 3; delete from reclaim.seal where tree_size > 3;"
    changed = "update reclaim.seal set root_hash = sha256('x') where tree_size = 6;"
    regrown = "update reclaim.seal set frontier = sha256('x') || sha256('y') where tree_size = 6;"
    for what, damage, says in (("cut", cut, "does not have that seal"), ("changed", changed, "does not have that seal"),
                               ("regrown", regrown, "not signed by the key")):
        with Log() as log:
            log.sealer.start()
            for n in range(2):
                log.flag(3, start=n * 10)
                wait_sealed(log.db)
            wait_until(lambda: log.sealer.notes()[-1][1] == 6, "both are in the file")
            log.sealer.program.terminate()
            log.db.run("set session_replication_role = replica;" + damage)
            log.flag(1, start=50)
            notes = log.sealer.notes()
            log.sealer.start()
            expect(f"{what}: exit status", log.sealer.program.wait(), 1)
            expect(f"{what}: says why: {log.sealer.program.tail()}", says in log.sealer.program.tail(), True)
            expect(f"{what}: signed nothing", log.sealer.notes(), notes)
            expect(f"{what}: sealed nothing", log.db.value("select count(*) from reclaim.seal where sealed_at > now() + interval '1 day'"), 0)


@test
def after_a_restore_a_new_key_goes_on_from_there_and_the_old_file_shows_what_was_lost():
    with Log() as log:
        log.sealer.start()
        for n in range(2):
            log.flag(3, start=n * 10)
            wait_sealed(log.db)
        wait_until(lambda: log.sealer.notes()[-1][1] == 6, "both are in the file")
        log.sealer.program.terminate()
        log.db.run("set session_replication_role = replica; delete from reclaim.leaf where leaf_index >= 3; "
                   "delete from reclaim.seal where tree_size > 3; delete from reclaim.audit where audit_id > 3")
        heir = Sealer(log.db, former_keys=[log.sealer.key]).start()
        log.extra.append(heir)
        log.flag(3, start=50)
        wait_sealed(log.db)
        wait_until(lambda: heir.notes() and heir.notes()[-1][1] == 6, "its file is complete")
        old, new = log.sealer.notes(), heir.notes()
        expect("what was kept", [note for note in new if note[1] <= 3], [note for note in old if note[1] <= 3])
        expect("signed by the new key", heir.signature_is_good(new[-1]), True)
        expect("and not by the old one", heir.signature_is_good(new[-1], log.sealer.key), False)
        expect("the same size, another log", old[-1][2] != new[-1][2], True)
        expect("of what is there now", new[-1][2].hex(), root(leaves(log.db)).hex())


@test
def a_new_key_is_closed_to_others_and_never_written_over_another():
    folder = scratch_folder("key")
    try:
        status, key = new_key(folder / "seal.key")
        expect("made", (status, key.split("+")[0]), (0, "example.com/reclaim"))
        expect("mode", oct(os.stat(folder / "seal.key").st_mode & 0o777), "0o400")
        before = (folder / "seal.key").read_text()
        status, said = new_key(folder / "seal.key")
        expect("again", (status, "must not exist yet" in said), (1, True))
        expect("untouched", (folder / "seal.key").read_text(), before)
        expect("a name with a blank", new_key(folder / "other.key", "two words")[0], 1)
    finally:
        shutil.rmtree(folder)


try:
    main()
finally:
    cluster.destroy()
