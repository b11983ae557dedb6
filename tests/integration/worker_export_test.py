#!/usr/bin/env python3
"""Export and verify: a pack shows every removal of a period and proves it, and whatever is changed of it afterwards is found by both verifiers."""
import csv
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import removals
from database import Cluster
from evidence import FAR_AHEAD, LONG_AGO, auditor, both_say, copy_of, export, hours_from_now
from harness import BIN, REPO, expect, main, scratch_folder, test, wait_until
from sealing import Sealer, leaves, new_key, wait_sealed

cluster = Cluster.shared()
AWKWARD = ["ada@example.com", 'grace "x" \\ Ä', "=cmd()", "a,b", "two\nlines", "tab\there"]


class Log:
    """A sealed log of some removals, and a folder for packs."""

    def __init__(self, *batches):
        self.batches = batches or (AWKWARD, ["plain"])

    def __enter__(self):
        self.db = cluster.fresh_database()
        self.sealer = Sealer(self.db).start()
        self.folder = scratch_folder("export")
        self.jobs = []
        for seats in self.batches:
            self.jobs += removals.remove(self.db, seats)
            self.seal()
        return self

    def __exit__(self, *_):
        self.sealer.end()
        shutil.rmtree(self.folder)
        cluster.drop(self.db)

    def seal(self):
        wait_sealed(self.db)
        size = self.db.value("select max(tree_size) from reclaim.seal")
        wait_until(lambda: self.sealer.notes() and self.sealer.notes()[-1][1] == size, "the last checkpoint is in the file")

    def pack(self, *more, name="pack", **period):
        status, said = export(self.db, self.folder / name, *more, **period)
        expect(f"export: {said}", status, 0)
        return self.folder / name

    def judge(self, pack, checkpoints=True):
        return both_say(pack, self.sealer.key, self.sealer.checkpoints if checkpoints else None)

    def expect_good(self, pack, checkpoints=True):
        status, said = self.judge(pack, checkpoints)
        expect(f"fits:\n{said}", (status, "BAD" in said), (0, False))
        return said

    def expect_found(self, pack, words, checkpoints=True):
        status, said = self.judge(pack, checkpoints)
        expect(f"is found, with the words '{words}':\n{said}", (status, words in said), (1, True))


def rows(file):
    with open(file, encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def rewrite(pack, name, change):
    """Changes a file of the pack and has the manifest agree, as a forger would."""
    file = pack / name
    content = change(file.read_bytes())
    file.write_bytes(content)
    manifest = json.loads((pack / "manifest.json").read_text())
    for entry in manifest["files"]:
        if entry["name"] == name:
            entry.update(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    (pack / "manifest.json").write_text(json.dumps(manifest))


@test
def later_looks_and_restores_are_evidence_like_everything_else():
    with Log(["plain"]) as log:
        still, drifted, unread, restored = removals.remove(log.db, ["s1", "s2", "s3", "s4"], captured='{"role": "chief designer"}')
        for job, seen in ((still, "gone"), (drifted, "back"), (unread, "given_up")):
            removals.look(log.db, job, seen)
        undo = removals.restore(log.db, restored)
        log.seal()
        pack = log.pack()
        said = log.expect_good(pack)
        expect("a restore is no removal", "the population is 5 removals" in said, True)
        events = [json.loads(line) for line in (pack / "events.ndjson").read_text(encoding="utf-8").splitlines()]
        told = {(event["job_id"], event["event_type"]) for event in events if event.get("job_id") in (still, drifted, unread, undo)}
        expect("the events", told >= {(still, "verified_absent"), (drifted, "drift_found"), (unread, "look_failed"), (undo, "received"),
                                      (undo, "restore_attempted"), (undo, "restored"), (undo, "requester_confirmed")}, True)
        expect("the log names nobody", "chief designer" in (pack / "events.ndjson").read_text(encoding="utf-8"), False)
        rewrite(pack, "events.ndjson", lambda content: content.replace(b'"verified_absent"', b'"drift_found"'))
        log.expect_found(pack, "BAD")


@test
def a_pack_holds_what_was_sealed_and_both_verifiers_agree():
    with Log() as log:
        pack = log.pack("--sample", 3, "--seed", "Q4 2026")
        said = log.expect_good(pack)
        expect("the population is counted", f"the population is {len(log.jobs)} removals" in said, True)
        expect("nothing is unsealed", "no event in the database is unsealed" in said, True)
        lines = (pack / "events.ndjson").read_bytes().splitlines()
        expect("the bytes that were sealed", [hashlib.sha256(b"\0" + one).digest() for one in lines], leaves(log.db))
        record = rows(pack / "names" / "removals.csv")
        expect("seats, as spreadsheets may see them", sorted(row["seat"] for row in record),
               sorted(("'" if seat[0] == "=" else "") + seat for seat in AWKWARD + ["plain"]))
        shown = log.db.rows("select job_id, approver, connector, provider_request_id, ticket from reclaim.reclamation_record order by job_id")
        expect("the record", [{**row, "job_id": str(row["job_id"])} for row in shown],
               sorted(({name: row[name] for name in shown[0]} for row in record), key=lambda row: int(row["job_id"])))
        manifest = json.loads((pack / "manifest.json").read_text())
        expect("who exported", manifest["exported_by"], "jane")
        expect("the count can be had again", log.db.value(re.sub(r"\$\d", "%s", manifest["population"]["query"]), manifest["population"]["from"],
                                                          manifest["population"]["to"]), len(log.jobs))


@test
def without_the_folder_of_names_a_pack_names_nobody_and_still_verifies():
    with Log() as log:
        pack = log.pack("--sample", 2, "--seed", "x")
        shutil.rmtree(pack / "names")
        for file in pack.iterdir():
            for name in ("ada", "plain", "it.lead", "finops"):
                told = re.findall(rb"(?<![0-9a-z])" + name.encode() + rb"\W", re.sub(rb'"?(apr|msg) [^,]*', b"", file.read_bytes()))
                expect(f"{name} in {file.name}", told, [])
        expect("says so", "names were left out" in log.expect_good(pack), True)


@test
def a_sample_is_drawn_again_by_its_seed_alone():
    with Log([f"seat-{n}" for n in range(40)]) as log:
        pack = log.pack("--sample", 5, "--seed", "dice: 4 2 6")
        log.expect_good(pack)
        places = [row["leaf_index"] for row in rows(pack / "removals.csv")]
        by_hand = sorted(places, key=lambda place: hashlib.sha256(f"dice: 4 2 6:{place}".encode()).hexdigest())[:5]
        expect("the sample", [row["leaf_index"] for row in rows(pack / "names" / "sample.csv")], by_hand)
        again = log.pack("--sample", 5, "--seed", "dice: 4 2 6", name="again")
        expect("the same", (again / "sample.csv").read_bytes(), (pack / "sample.csv").read_bytes())
        other = log.pack("--sample", 5, "--seed", "another", name="other")
        expect("another seed, another sample", (other / "sample.csv").read_bytes() == (pack / "sample.csv").read_bytes(), False)
        all_of_them = log.pack("--sample", 100, "--seed", "all", name="all")
        expect("more than there are", len(rows(all_of_them / "sample.csv")), 40)
        log.expect_good(all_of_them)


@test
def a_pack_of_a_period_begins_at_a_seal_before_it_and_before_the_approvals_of_its_removals():
    def half_an_hour_later(db):
        db.run("create or replace function reclaim.clock() returns timestamptz language sql stable "
               "as $$ select clock_timestamp() + interval '30 minutes' $$")

    def first_leaf(pack):
        return json.loads((pack / "manifest.json").read_text())["tree"]["first_leaf"]

    period = {"since": hours_from_now(0.25)}
    with Log(["old"]) as log:
        size = log.db.value("select max(tree_size) from reclaim.seal")
        half_an_hour_later(log.db)
        removals.remove(log.db, ["new"])
        log.seal()
        pack = log.pack(**period)
        expect("whose removals", [row["approval_id"] for row in rows(pack / "removals.csv")], ["apr new"])
        expect("the last seal before", first_leaf(pack), size)
        expect("says what it left out", "from before this pack begins" in log.expect_good(pack), True)
        rewrite(pack, "events.ndjson", lambda content: content.replace(b'"app":"figma"', b'"app":"slack"', 1))
        log.expect_found(pack, f"an event between places {size} and")
    with Log(["old"]) as log:
        waiting = removals.approve(log.db, ["late"])
        log.seal()
        removals.remove(log.db, ["between"])
        log.seal()
        half_an_hour_later(log.db)
        removals.begin(log.db, waiting)
        removals.record(log.db, waiting)
        log.seal()
        pack = log.pack(**period)
        expect("whose removals", [row["approval_id"] for row in rows(pack / "removals.csv")], ["apr late"])
        approved = log.db.value("select leaf_index from reclaim.leaf join reclaim.audit using (audit_id) where job_id = %s and event_seq = 1", *waiting)
        expect("a seal before its approval, but not the beginning", 0 < first_leaf(pack) <= approved, True)
        log.expect_good(pack)


@test
def an_erased_name_is_missing_in_a_pack_and_the_log_says_why():
    with Log() as log:
        log.db.rows("select * from reclaim.erase_identity('subject', 'user of plain', 'request 17')")
        log.seal()
        pack = log.pack()
        said = log.expect_good(pack)
        expect("counted", "1 events have some that were erased" in said or "2 events have some that were erased" in said, True)
        expect("not named", b"user of plain" in (pack / "names" / "removals.csv").read_bytes(), False)
        log.db.run("set session_replication_role = replica; update reclaim.approval set approver = null where seat = '=cmd()'")
        log.expect_found(log.pack(name="quietly"), "events have names missing, and no event identity_erased says so")


@test
def an_erasure_explains_no_more_than_it_says():
    with Log() as log:
        log.db.rows("select * from reclaim.erase_identity('subject', 'user of plain', 'request 17')")
        log.seal()
        log.expect_good(log.pack())
        # Of the flagging the seat and the subject were erased, not who did it; of the approval not the approver.
        for name, change in (("actor", "delete from reclaim.audit_personal where seat is null and subject is null and actor is not null and audit_id in "
                                       "(select audit_id from reclaim.audit where event_type = 'seat_flagged')"),
                             ("approver", "update reclaim.approval set approver = null where seat is null")):
            log.db.run(f"create table kept_{name} as table reclaim.audit_personal; create table kept_a_{name} as table reclaim.approval")
            log.db.run("set session_replication_role = replica; " + change)
            log.expect_found(log.pack(name=name), "1 events have names missing, and no event identity_erased says so")
            log.db.run("set session_replication_role = replica; delete from reclaim.audit_personal; insert into reclaim.audit_personal table "
                       f"kept_{name}; update reclaim.approval a set approver = k.approver from kept_a_{name} k where a.id = k.id")


@test
def whatever_is_changed_in_a_pack_is_found():
    def replaced(old, new, count=1):
        return lambda content: content.replace(old, new, count) if old in content else 1 / 0

    def without_line(number):
        return lambda content: b"".join(one for n, one in enumerate(content.splitlines(True)) if n != number)

    def swapped(content):
        lines = content.splitlines(True)
        lines[3], lines[4] = lines[4], lines[3]
        return b"".join(lines)

    tamperings = {
        "an event was edited": ("events.ndjson", replaced(b'"provider_status":204', b'"provider_status":200'), "is not what was sealed there"),
        "an event was deleted": ("events.ndjson", without_line(7), "is not what was sealed there"),
        "the last event was deleted": ("events.ndjson", lambda content: content[:content[:-1].rindex(b"\n") + 1], "the pack should hold the events up to place"),
        "two events were swapped": ("events.ndjson", swapped, "is not what was sealed there"),
        "an event was inserted": ("events.ndjson", lambda content: content + content.splitlines(True)[-1], "the pack should hold the events up to place"),
        "a name was changed": ("names/disclosures.ndjson", replaced(b"it.lead@example.com", b"mallory@example.com"), "the name was changed"),
        "a name was deleted": ("names/disclosures.ndjson", without_line(2), "and no event identity_erased says so"),
        "a name in the table was changed": ("names/removals.csv", replaced(b"it.lead@", b"mallory@"), "is not what the events say"),
        "a time in the table was changed": ("removals.csv", replaced(b"Z,okta", b"0Z,okta"), "is not what the events say"),
        "a row was left out": ("removals.csv", without_line(2), "is not what the events say"),
        "a row was added": ("removals.csv", lambda content: content + content.splitlines(True)[-1], "has rows too many"),
        "another sample was drawn": ("sample.csv", without_line(1), "is not what the events say"),
        "a checkpoint was signed by nobody": ("checkpoints.txt", lambda content: re.sub(rb"(\S{6})\n\n$", b"AAAA==\n\n", content),
                                              "are not signed by the key given"),
    }
    with Log() as log:
        whole = log.pack("--sample", 2, "--seed", "x")
        for number, (what, (file, change, words)) in enumerate(tamperings.items()):
            pack = log.folder / f"tampered-{number}"
            shutil.copytree(whole, pack)
            rewrite(pack, file, change)
            try:
                log.expect_found(pack, words)
            except AssertionError as why:
                raise AssertionError(f"{what}: {why}") from None
        unproven = log.folder / "unproven"
        shutil.copytree(whole, unproven)
        rewrite(unproven, "names/removals.csv", replaced(b"it.lead@", b"mallory@"))
        (unproven / "names" / "disclosures.ndjson").unlink()
        log.expect_found(unproven, "nothing shows that the names in the tables are right")
        careless = log.folder / "careless"
        shutil.copytree(whole, careless)
        (careless / "removals.csv").write_bytes((careless / "removals.csv").read_bytes() + b"\n")
        log.expect_found(careless, "its SHA-256 differs from the manifest's")
        manifest = json.loads((whole / "manifest.json").read_text())
        manifest["population"]["count"] -= 1
        (whole / "manifest.json").write_text(json.dumps(manifest))
        log.expect_found(whole, "the log holds 7")


@test
def whatever_is_changed_in_the_database_is_found():
    tamperings = {
        "a row was edited": ("update reclaim.audit set provider_status = 404 where audit_id = 12", "is not what was sealed there"),
        "a row was deleted": ("delete from reclaim.audit where audit_id = 12", "it was deleted from the database"),
        "a place was deleted": ("delete from reclaim.leaf where leaf_index = 9", "it was deleted from the database"),
        "two rows changed places": ("delete from reclaim.leaf where leaf_index in (3, 4); insert into reclaim.leaf values (3, 5), (4, 4)",
                                    "is not what was sealed there"),
        "the tail was cut": ("delete from reclaim.seal where tree_size = (select max(tree_size) from reclaim.seal); "
                             "delete from reclaim.leaf where leaf_index >= (select max(tree_size) from reclaim.seal); "
                             "delete from reclaim.audit where audit_id not in (select audit_id from reclaim.leaf)", "it was cut, or set back to a backup"),
        "a row was written below what is sealed": (
            "insert into reclaim.audit (audit_id, recorded_at, event_type, actor_kind, actor_ref) select -1, now(), 'gate_closed', 'worker', 'x'",
            "it was written into the database afterwards"),
        "a row was written for another day": (
            "insert into reclaim.audit (audit_id, recorded_at, event_type, actor_kind, actor_ref) select 100000, now() - interval '1 day', "
            "'gate_closed', 'worker', 'x'", "the sealer was down, or the event was written past it"),
        "a name was changed": ("update reclaim.approval set approver = 'mallory' where id = 2", "the name was changed"),
    }
    with Log() as log:
        log.sealer.program.terminate()
        for number, (what, (damage, words)) in enumerate(tamperings.items()):
            db = copy_of(cluster, log.db)
            db.run("set session_replication_role = replica; " + damage)
            status, said = export(db, log.folder / str(number))
            cluster.drop(db)
            expect(f"{what}: export: {said}", status, 0)
            try:
                log.expect_found(log.folder / str(number), words)
            except AssertionError as why:
                raise AssertionError(f"{what}: {why}") from None


@test
def an_event_that_was_sealed_long_after_its_time_is_found():
    with Log() as log:
        # With an id that the sealer still waits for, it is sealed like any other.
        log.db.run("set session_replication_role = replica; insert into reclaim.audit (recorded_at, event_type, actor_kind, actor_ref) "
                   "values (now() - interval '40 days', 'gate_closed', 'worker', 'x')")
        log.seal()
        log.expect_found(log.pack(), "but was sealed at another time")


@test
def a_row_written_past_the_sealer_is_found_by_the_ids_of_what_was_sealed_long_before():
    with Log() as log:
        log.sealer.program.terminate()
        log.db.run("set session_replication_role = replica; update reclaim.seal set settled_id = 0; "
                   "insert into reclaim.audit (audit_id, recorded_at, event_type, actor_kind, actor_ref) "
                   "values (0, now() + interval '10 minutes 30 seconds', 'gate_closed', 'worker', 'x')")
        log.db.run("set session_replication_role = replica; update reclaim.audit set audit_id = 1000 where audit_id = 0")
        pack = log.pack()
        manifest = json.loads((pack / "manifest.json").read_text())

        def exported(at, id):
            (pack / "manifest.json").write_text(json.dumps(manifest | {"exported_at": at.replace("Z", ".000000Z")}))
            rewrite(pack, "unsealed.ndjson", lambda content: re.sub(rb'"audit_id":\d+', b'"audit_id":%d' % id, content))
        exported(hours_from_now(11 / 60), 1000)
        log.expect_good(pack)
        exported(hours_from_now(11 / 60), 7)
        log.expect_found(pack, "it was written into the database afterwards")


@test
def after_a_restore_the_heirs_log_verifies_and_the_old_checkpoints_show_what_was_lost():
    with Log() as log:
        log.sealer.program.terminate()
        size = log.db.value("select min(tree_size) from reclaim.seal")
        log.db.run(f"set session_replication_role = replica; delete from reclaim.audit where audit_id in (select audit_id from reclaim.leaf where "
                   f"leaf_index >= {size}); delete from reclaim.leaf where leaf_index >= {size}; delete from reclaim.seal where tree_size > {size}")
        old, log.sealer = log.sealer, Sealer(log.db, former_keys=[log.sealer.key]).start()
        try:
            log.db.value("select reclaim.flag_seat('slack', 'after', 'the restore')")
            log.seal()
            keys = [log.sealer.key, old.key]
            status, said = both_say(log.pack(), keys, log.sealer.checkpoints)
            expect(f"with both keys: {said}", status, 0)
            status, said = both_say(log.folder / "pack", keys, old.checkpoints)
            expect(f"what was lost: {said}", (status, "cut, or set back to a backup" in said or "was rewritten" in said), (1, True))
            expect("with one key", both_say(log.folder / "pack", old.key, log.sealer.checkpoints)[0], 1)
        finally:
            old.end()


@test
def an_export_behind_a_checkpoint_that_came_later_is_no_finding():
    with Log() as log:
        pack = log.pack()
        removals.remove(log.db, ["afterwards"])
        log.seal()
        expect("says so", "from after this export" in log.expect_good(pack), True)
        log.sealer.program.terminate()
        removals.remove(log.db, ["at night"])
        status, said = export(log.db, log.folder / "unsealed")
        expect("export tells", (status, "not sealed" in said), (0, True))
        expect("verify tells", "events are not sealed; nothing is proven of them" in log.expect_good(log.folder / "unsealed"), True)


@test
def what_cannot_be_judged_is_told_from_what_is_wrong():
    with Log() as log:
        pack = log.pack()
        other = new_key(log.folder / "other.key")[1]
        expect("without checkpoints it says what it could not see", "whether the log was cut" in log.expect_good(pack, checkpoints=False), True)
        status, said = both_say(pack, other)
        expect(f"another key: {said}", (status, "not signed by the key given" in said), (1, True))
        for key in ("nonsense", log.sealer.key[:-5] + "AAAA=", ""):
            expect(f"the key {key}", both_say(pack, key)[0], 2)
        expect("no pack", both_say(log.folder, log.sealer.key)[0], 2)
        expect("no checkpoints", both_say(pack, log.sealer.key, log.folder / "none.txt")[0], 2)
        (pack / "events.ndjson").unlink()
        expect("a file is missing", both_say(pack, log.sealer.key)[0], 1)
        (pack / "manifest.json").write_text("{}")
        expect("a manifest of something else", both_say(pack, log.sealer.key)[0], 2)


@test
def a_receipt_proves_one_removal_by_itself():
    with Log(AWKWARD, [f"seat-{n}" for n in range(9)]) as log:
        for number, job in enumerate((log.jobs[2], log.jobs[-1])):
            receipt = log.folder / f"receipt-{number}.json"
            expect("export", export(log.db, receipt, "--receipt", job)[0], 0)
            said = log.expect_good(receipt)
            expect(f"its story: {said}", "5 events of job" in said and "is among the checkpoints that you have" in said and "requester_confirmed" in said, True)
            expect("its names", ("subject: user of" in said, "approver: it.lead@example.com" in said), (True, True))
            expect("without a copy of the checkpoints", "none of yours is of its size" in log.expect_good(receipt, checkpoints=False), True)

        whole = json.loads(receipt.read_text())
        expect("one file says it all", sorted(whole), ["checkpoint", "disclosures", "events", "exported_at", "format", "job_id", "unsealed"])

        def expect_receipt_found(change, words):
            changed = json.loads(receipt.read_text())
            change(changed)
            (log.folder / "changed.json").write_text(json.dumps(changed))
            log.expect_found(log.folder / "changed.json", words)

        def edited(one):
            one["events"][2]["line"] = one["events"][2]["line"].replace("removed", "refused")

        expect_receipt_found(edited, "is not in the tree that was signed")
        expect_receipt_found(lambda one: one["events"][1].update(leaf_index=0), "is not in the tree that was signed")
        expect_receipt_found(lambda one: one["events"][1]["proof"].pop(), "is not in the tree that was signed")
        expect_receipt_found(lambda one: one["events"][1]["proof"].append("00" * 32), "is not in the tree that was signed")
        expect_receipt_found(lambda one: one["events"].pop(1), "are missing")
        expect_receipt_found(lambda one: one.update(job_id=1), "is of another job")
        expect_receipt_found(lambda one: one["disclosures"][0].update(value="somebody"), "the name was changed")
        expect_receipt_found(lambda one: one["disclosures"][0].update(leaf_index=99), "a name belongs to no event")
        expect_receipt_found(lambda one: one.update(checkpoint=one["checkpoint"].replace("example.com/reclaim", "example.com/other")),
                             "not signed by the key given")
        (log.folder / "other.json").write_text('{"format": "something else"}')
        expect("something else", both_say(log.folder / "other.json", log.sealer.key)[0], 2)
        status, said = export(log.db, receipt, "--receipt", job)
        expect("never over another", (status, "is there already" in said), (1, True))
        status, said = export(log.db, log.folder / "none.json", "--receipt", 4711)
        expect("no such job", (status, "no event of such a job is sealed" in said), (1, True))
        log.sealer.program.terminate()
        log.db.run("set session_replication_role = replica; update reclaim.audit set provider_status = 404 where job_id = %s and event_seq = 3", job)
        status, said = export(log.db, log.folder / "none.json", "--receipt", job)
        expect("not of a log that was changed", (status, "are not what was sealed there" in said), (1, True))


@test
def the_walk_through_for_auditors_does_what_it_says():
    page = (REPO / "docs" / "AUDITORS.md").read_text(encoding="utf-8")
    steps = re.findall(r"^```sh run=audit\n(.*?)^```$", page, re.M | re.S)
    expect("there are steps", len(steps), 5)
    with Log([f"seat-{n}" for n in range(30)]) as log:
        shutil.copy(REPO / "docs" / "verify" / "verify.py", log.folder)
        script = "\n".join(steps).replace("2026-07-01", LONG_AGO).replace("2026-10-01", FAR_AHEAD)
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=log.folder, text=True, capture_output=True, check=False,
                              env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "db": auditor(log.db), "key": log.sealer.key,
                                   "copy": str(log.sealer.checkpoints), "seed": "5 3 1 6 2", "PYTHONDONTWRITEBYTECODE": "1"})
        expect(f"exit code:\n{done.stdout}{done.stderr}", done.returncode, 0)
        expect("each verdict", done.stdout.count("all that was checked fits"), 4)
        expect("the sample", "the same sample" in done.stdout, True)
        # What the page shows is what is said: the same lines, but for their numbers and times.
        shown = re.search(r"^```text\n *exported .*?\n(ok .*?fits)\n```$", page, re.M | re.S).group(1)
        said = done.stdout[done.stdout.index("ok    "):].split("all that was checked fits")[0] + "all that was checked fits"

        def words(text):
            return [re.sub(r"\d[\dTZ:.-]*", "#", line) for line in text.splitlines() if not line.startswith(" ")]
        expect("what the page shows", words(shown), words(said))


@test
def export_refuses_what_it_cannot_do_and_says_how_it_would():
    with Log() as log:
        def refused(words, *more, **period):
            status, said = export(log.db, log.folder / "refused", *more, **period)
            expect(f"refused with '{words}': {said}", (status != 0, words in said), (True, True))

        refused("--from is no time: write a day, 2026-07-01", since="July")
        refused("--from is no time", since="2026-02-30")
        refused("--to is no time", until="2026-07-01 09:30")
        refused("--to is not after --from", since="2026-07-01", until="2026-07-01")
        refused("--seed", "--sample", 5)
        refused("--sample", "--sample", 0, "--seed", "x")
        log.pack()
        status, said = export(log.db, log.folder / "pack")
        expect("never into another pack", (status, "not empty" in said), (1, True))
        empty = cluster.fresh_database()
        status, said = export(empty, log.folder / "empty")
        expect("nothing sealed", (status, "start reclaim-worker seal" in said), (1, True))
        cluster.drop(empty)


try:
    main()
finally:
    cluster.destroy()
