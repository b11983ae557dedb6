#!/usr/bin/env python3
"""Verify: whatever is changed in a pack or in the database, erased or put in past the sealer, is found by both verifiers, and nothing else is."""
import json
import pathlib
import re
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import removals
from evidence import both_say, copy_of, export, hours_from_now
from harness import expect, main, test
from sealed_log import Log, cluster, rewrite
from sealing import Sealer, new_key


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


try:
    main()
finally:
    cluster.destroy()
