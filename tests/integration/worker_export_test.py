#!/usr/bin/env python3
"""Export: a pack shows every removal of a period, a receipt one, and both verifiers find them good."""
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
from evidence import FAR_AHEAD, LONG_AGO, auditor, both_say, export, hours_from_now
from harness import BIN, REPO, expect, main, test
from sealed_log import AWKWARD, Log, cluster, rewrite, rows
from sealing import leaves


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
