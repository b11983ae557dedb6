#!/usr/bin/env python3
"""Checks an evidence pack or a receipt of Reclaim, offline, without a line of Reclaim's own code. Python 3.9 or newer, nothing to install.

    verify.py PACK_FOLDER  --key 'ORIGIN+ID+KEY' [--checkpoints YOUR_COPY.txt]
    verify.py RECEIPT.json --key 'ORIGIN+ID+KEY' [--checkpoints YOUR_COPY.txt]

--key          the public key of the sealer, from whoever answers for it; again for each former key
--checkpoints  signed states of the log that you have from a place which the database's owner cannot write. Only with them can it be seen
               that the log was cut, or set back to a backup. Take your copy before you export

Exit code: 0 all that was checked fits; 1 something does not fit; 2 it could not be judged. What is checked, and how: FORMAT.md."""
import argparse
import base64
import csv
import datetime
import hashlib
import json
import pathlib
import sys


class Unreadable(Exception):
    """It cannot be judged: exit code 2."""


# --- Ed25519, RFC 8032 section 5.1: the curve -x^2 + y^2 = 1 + d x^2 y^2 over the integers modulo P; points as (X, Y, Z, T)

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
NEUTRAL = (0, 1, 1, 0)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, point):
    out = NEUTRAL
    while n:
        if n & 1:
            out = add(out, point)
        point = add(point, point)
        n >>= 1
    return out


def same_point(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def point(encoded):
    """The point that 32 bytes stand for; None where there is none."""
    y = int.from_bytes(encoded, "little")
    odd, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and odd):
        return None
    if x & 1 != odd:
        x = P - x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signature_is_good(public, message, signature):
    a, r, s = point(public), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    return same_point(times(s, BASE), add(r, times(h, a)))


# --- The tree, RFC 6962 section 2.1

def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(line):
    return sha256(b"\0" + line)


def node_hash(left, right):
    return sha256(b"\1" + left + right)


class Tree:
    """Grows leaf by leaf and keeps only the roots of its perfect subtrees, largest first."""

    def __init__(self, size=0, peaks=()):
        self.size, self.peaks = size, list(peaks)
        if len(self.peaks) != bin(size).count("1"):
            raise Unreadable(f"manifest.json: a tree of {size} leaves has not {len(self.peaks)} perfect subtrees")

    def append(self, leaf):
        bits = self.size
        while bits & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            bits >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        if not self.peaks:
            return sha256(b"")
        out = self.peaks[-1]
        for left in reversed(self.peaks[:-1]):
            out = node_hash(left, out)
        return out


def root_by_proof(leaf, index, size, proof):
    """The root that an inclusion proof leads to, RFC 9162 section 2.1.3.2; None when it is no proof for that place."""
    at, last, out = index, size - 1, leaf
    if index >= size:
        return None
    for sibling in proof:
        if last == 0:
            return None
        if at & 1 or at == last:
            out = node_hash(sibling, out)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            out = node_hash(out, sibling)
        at, last = at >> 1, last >> 1
    return out if last == 0 else None


# --- Checkpoints: signed notes

class Key:
    def __init__(self, text):
        wrong = Unreadable("--key is not of the form ORIGIN+ID+KEY, as reclaim-worker seal --new-key prints it, or a character is wrong")
        try:
            self.origin, key_id, public = text.split("+", 2)
            self.id, public = bytes.fromhex(key_id), base64.b64decode(public, validate=True)
        except ValueError:
            raise wrong from None
        self.public = public[1:]
        if len(public) != 33 or public[0] != 1 or self.id != sha256(self.origin.encode() + b"\n" + public)[:4]:
            raise wrong


class Checkpoint:
    def __init__(self, note):
        self.body, _, self.signatures = note.partition("\n\n")
        self.body += "\n"
        try:
            self.origin, size, root, sealed_at = self.body.splitlines()
            self.size, self.root, self.sealed_at = int(size), base64.b64decode(root, validate=True), sealed_at.split(" ")[1]
            time_of(self.sealed_at)
        except (ValueError, IndexError):
            raise Unreadable("a checkpoint is not of the form that FORMAT.md describes") from None

    def is_signed(self, keys):
        for line in self.signatures.splitlines():
            dash, _, rest = line.partition(" ")
            name, _, signature = rest.partition(" ")
            try:
                signature = base64.b64decode(signature, validate=True)
            except ValueError:
                continue
            if dash == "\u2014" and any(name == self.origin == key.origin and signature[:4] == key.id
                                        and signature_is_good(key.public, self.body.encode(), signature[4:]) for key in keys):
                return True
        return False


def read_checkpoints(path):
    blocks = read(path).decode("utf-8", "replace").split("\n\n")
    return [Checkpoint(body + "\n\n" + signatures) for body, signatures in zip(blocks[0::2], blocks[1::2])]


# --- Small things

def read(path):
    try:
        return pathlib.Path(path).read_bytes()
    except OSError as why:
        raise Unreadable(f"cannot read {path}: {why.strerror}") from None


def parsed(text, what):
    try:
        return json.loads(text)
    except ValueError:
        raise Unreadable(f"{what} is no JSON") from None


def time_of(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")


def shifted(text, **by):
    """Another instant, comparable as text like all instants of the log."""
    return (time_of(text) + datetime.timedelta(**by)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Report:
    def __init__(self):
        self.bad_count = 0

    def ok(self, text):
        print(f"ok    {text}")

    def note(self, text):
        print(f"note  {text}")

    def bad(self, text):
        self.bad_count += 1
        if self.bad_count <= 50:
            print(f"BAD   {text}")

    def judge(self, condition, good, bad):
        if condition:
            self.ok(good)
        else:
            self.bad(bad)

    def end(self):
        if self.bad_count:
            print(f"{self.bad_count} findings: this is not what was sealed, or not all of it")
            return 1
        print("all that was checked fits")
        return 0


# --- Commitments: the log holds SHA-256(salt || value) where a person is meant; a disclosure holds salt and value

def commitments(event):
    raw = bytes.fromhex(event.get("commitments", ""))
    if len(raw) % 33:
        raise ValueError("commitments are a letter and 32 bytes each")
    return {chr(raw[at]): raw[at + 1:at + 33] for at in range(0, len(raw), 33)}


def opened(event, disclosures, where, report):
    """Field -> value, and the letters of the commitments that stay closed. Where one value does not fit, none is believed."""
    committed, out, all_fit = commitments(event), {}, True
    for one in disclosures:
        value = base64.b64decode(one["value"]) if one["field"] == "b" else one["value"].encode()
        if committed.get(one["field"]) == sha256(bytes.fromhex(one["salt"]) + value):
            out[one["field"]] = one["value"]
        else:
            all_fit = False
            report.bad(f"disclosure '{one['field']}' of place {where} is not what the event commits to: the name was changed")
    return out if all_fit else {}, committed.keys() - out.keys()


# --- A pack

COLUMNS = ("leaf_index job_id approval_id app flag_epoch outcome approved_at received_at attempted_at removed_at connector "
           "provider_operation provider_status provider_request_id operation_key ticket requester_confirmed_at source delivery_id "
           "key_id").split()
NAMES = {"seat": "s", "subject": "u", "approver": "a", "requester": "r"}
ERASED = {"subject": "su", "approver": "a", "requester": "r", "actor": "p"}  # role -> letters


class Pack:
    def __init__(self, folder, keys, outside, report):
        self.folder, self.keys, self.outside, self.report = folder, keys, outside, report
        if not (folder / "manifest.json").exists():
            raise Unreadable(f"{folder} has no manifest.json: it is no pack, or its export did not end")
        self.manifest = parsed(read(folder / "manifest.json"), "manifest.json")
        try:
            if self.manifest.get("format") != "reclaim evidence pack 1":
                raise Unreadable("manifest.json is of another format than this program knows")
            self.exported_at = self.manifest["exported_at"]
            time_of(self.exported_at)
            population, tree = self.manifest["population"], self.manifest["tree"]
            self.since, self.until, self.count = population["from"], population["to"], population["count"]
            self.first, self.size, self.settled_id = tree["first_leaf"], tree["size"], tree["settled_id"]
            self.tree = Tree(self.first, [bytes.fromhex(peak) for peak in tree["frontier"]])
            self.sample = self.manifest.get("sample")
            self.files = {file["name"]: file["sha256"] for file in self.manifest["files"]}
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Unreadable("manifest.json lacks a member, or one is of another type than FORMAT.md says") from None
        self.jobs = {}          # job -> [events, least event_seq, greatest, what a line of the tables needs]
        self.population = []    # (place, job) of each removal in the period
        self.erased = {}        # ("job" or "event", id) -> the letters that erasures in the log took from it
        self.not_opened = []    # (job, event, letters) whose commitments have no disclosure

    def verify(self):
        print(f"      exported {self.exported_at} by the login {self.manifest['exported_by']}")
        self.check_files()
        self.check_checkpoints()
        self.read_events()
        self.check_unsealed()
        self.check_names()
        self.check_stories()
        self.check_population()
        self.check_outside()
        self.check_digests()

    def has(self, name):
        return (self.folder / name).exists()

    def check_files(self):
        for name in self.files:
            if not self.has(name) and not name.startswith("names/"):
                self.report.bad(f"{name} is missing")
        needed = {"events.ndjson", "unsealed.ndjson", "checkpoints.txt", "removals.csv"} | ({"sample.csv"} if self.sample else set())
        for name in sorted(needed - set(self.files)):
            self.report.bad(f"{name} is not in the manifest")
        for name in sorted(needed):
            if not self.has(name):
                raise Unreadable(f"{name} is missing: the rest cannot be judged without it")
        if not self.has("names"):
            self.report.note("names were left out of this pack: whose seats they were is not checked")
        elif not self.has("names/disclosures.ndjson"):
            self.report.bad("names/disclosures.ndjson is missing, and without it nothing shows that the names in the tables are right")

    def check_digests(self):
        changed = 0
        for name, digest in self.files.items():
            if not self.has(name):
                continue
            found = hashlib.sha256()
            with open(self.folder / name, "rb") as file:
                for block in iter(lambda: file.read(1 << 20), b""):
                    found.update(block)
            if found.hexdigest() != digest:
                changed += 1
                self.report.bad(f"{name} is not the file that was exported: its SHA-256 differs from the manifest's")
        if not changed:
            self.report.ok(f"{len(self.files)} files are as the manifest says")

    def check_checkpoints(self):
        self.checkpoints = sorted(read_checkpoints(self.folder / "checkpoints.txt"), key=lambda c: c.size)
        unsigned = [c.size for c in self.checkpoints if not c.is_signed(self.keys)]
        self.report.judge(not unsigned, f"{len(self.checkpoints)} checkpoints in the pack are signed by the key given",
                          f"checkpoints of these sizes are not signed by the key given: {unsigned[:5]}")
        sizes = {c.size for c in self.checkpoints}
        if self.size not in sizes or (self.first and self.first not in sizes):
            self.report.bad("the checkpoint at the beginning or at the end of the pack is missing")
        start = [c for c in self.checkpoints if c.size == self.first]
        if start and start[0].sealed_at > self.since:
            self.report.bad(f"the pack begins with events sealed after {start[0].sealed_at}: removals of the period may stand before it")

    def read_events(self):
        """One pass: each line is hashed into the tree, compared with its disclosures, and remembered as far as the tables need it."""
        signed, outside = {}, {}
        for note in self.checkpoints:
            signed.setdefault(note.size, []).append(note)
        for note in self.outside:
            outside.setdefault(note.size, []).append(note)
        self.fitting, self.misfits, last_fit, missing = [], [], self.first, 0
        broken = None  # (last size that fitted, first that did not)
        disclosures = self.disclosures()
        bounds = self.time_bounds()
        ahead = next(disclosures, None)
        earliest, latest, bound_end = next(bounds)
        # Events up to this id were drawn long before the export, as what is sealed shows: none of them may still be unsealed.
        long_before = shifted(self.exported_at, minutes=-10)
        long_sealed = max((note.size for note in self.checkpoints + self.outside if note.sealed_at <= long_before), default=0)
        with open(self.folder / "events.ndjson", "rb") as file:
            while True:
                if self.tree.size in signed or self.tree.size in outside:
                    root = self.tree.root()
                    for note in signed.get(self.tree.size, []):
                        if note.root == root:
                            last_fit = self.tree.size
                        elif not broken:
                            broken = (last_fit, self.tree.size)
                    for note in outside.get(self.tree.size, []):
                        (self.fitting if note.root == root else self.misfits).append((note, last_fit))
                        if note.root == root:
                            last_fit = self.tree.size
                line = file.readline()
                if not line:
                    break
                place, line = self.tree.size, line.rstrip(b"\n")
                self.tree.append(leaf_hash(line))
                mine = []
                while ahead and ahead["leaf_index"] <= place:
                    mine.append(ahead)
                    ahead = next(disclosures, None)
                if not line:
                    missing += 1
                    if missing <= 5:
                        self.report.bad(f"the event at place {place} is missing: it was deleted from the database")
                    continue
                while place >= bound_end:
                    earliest, latest, bound_end = next(bounds)
                try:
                    event = json.loads(line)
                    if not earliest <= event["recorded_at"] <= latest:
                        self.report.bad(f"the event at place {place} says {event['recorded_at']}, but was sealed at another time")
                    if place < long_sealed:
                        self.settled_id = max(self.settled_id, event["audit_id"])
                    self.take(place, event, mine)
                except (KeyError, TypeError, ValueError, AttributeError):
                    self.report.bad(f"the event at place {place} is not of the form that FORMAT.md describes")
        if self.tree.size < self.size and not broken:
            broken = (last_fit, self.size)
        self.report.judge(self.tree.size == self.size, f"{self.size - self.first} events, places {self.first} to {self.size - 1}",
                          f"the pack should hold the events up to place {self.size - 1} and ends with {self.tree.size - 1}")
        self.report.judge(not broken, "they are, in this order, what the signed checkpoints were made of",
                          broken and f"an event between places {broken[0]} and {broken[1] - 1} is not what was sealed there: it was "
                                     "changed, moved, inserted or deleted")
        if ahead:
            self.report.bad("names/disclosures.ndjson goes on behind the last event")

    def time_bounds(self):
        """(earliest, latest, up to which place) that events may say: an hour around the checkpoints between which they were sealed."""
        earliest = ""
        for note in sorted(self.checkpoints + self.outside, key=lambda c: c.size):
            if note.size > self.first:
                yield earliest, shifted(note.sealed_at, hours=1), note.size
            earliest = shifted(note.sealed_at, hours=-1)
        while True:
            yield earliest, "9999", float("inf")

    def disclosures(self):
        if not self.has("names/disclosures.ndjson"):
            return
        with open(self.folder / "names/disclosures.ndjson", encoding="utf-8", newline="\n") as file:
            for number, line in enumerate(file, 1):
                one = parsed(line, f"names/disclosures.ndjson, line {number},")
                if not isinstance(one, dict) or not {"leaf_index", "field", "salt", "value"} <= one.keys():
                    raise Unreadable(f"names/disclosures.ndjson, line {number}, lacks a member")
                yield one

    def take(self, place, event, disclosures):
        values, closed = opened(event, disclosures, place, self.report)
        if closed and self.has("names/disclosures.ndjson"):
            self.not_opened.append((event.get("job_id"), event["audit_id"], closed))
        kind = event["event_type"]
        if kind == "identity_erased":
            self.take_erasure(event)
        job, seq = event.get("job_id"), event.get("event_seq")
        if job is None:
            return
        story = self.jobs.setdefault(job, [0, seq, seq, {}])
        story[0], story[1], story[2] = story[0] + 1, min(story[1], seq), max(story[2], seq)
        cells = None
        if kind == "received":
            cells = {"approval_id": event.get("approval_ref"), "received_at": event["recorded_at"], "source": event.get("actor_ref")}
            cells.update((name, event.get(name)) for name in ("app", "flag_epoch", "approved_at", "delivery_id", "key_id"))
            cells.update((name, values.get(letter)) for name, letter in NAMES.items())
        elif kind == "revoke_attempted":
            cells = {"attempted_at": event["recorded_at"]}
        elif kind == "ticket_opened":
            cells = {"ticket": json.loads(event.get("detail", "{}")).get("identifier")}
        elif kind == "requester_confirmed":
            cells = {"requester_confirmed_at": event["recorded_at"]}
        elif kind in ("revoke_confirmed", "already_absent"):
            cells = {"removal": [place, {**{name: event.get(name) for name in ("outcome", "connector", "provider_operation",
                     "provider_status", "provider_request_id", "operation_key")}, "leaf_index": place, "removed_at": event["recorded_at"]}]}
            if self.since <= event["recorded_at"] < self.until:
                self.population.append((place, job))
        if cells:
            known = story[3].get(kind)
            if known is None or seq < known[0] or "removal" in cells:
                story[3][kind if "removal" not in cells else place] = (seq, cells)

    def take_erasure(self, event):
        detail, named = json.loads(event["detail"]), ERASED.get(event.get("outcome"), "")
        for of, listed, letters in (("job", "jobs", named + "b"), ("event", "events", named + "w"), ("event", "words", "w")):
            for number in detail[listed]:
                self.erased.setdefault((of, number), set()).update(letters)

    def check_unsealed(self):
        count, late = 0, shifted(self.exported_at, minutes=-10)
        with open(self.folder / "unsealed.ndjson", "rb") as file:
            for line in file:
                event, count = parsed(line, "unsealed.ndjson"), count + 1
                if event["event_type"] == "identity_erased":
                    self.take_erasure(event)
                if event["audit_id"] <= self.settled_id:
                    self.report.bad(f"event {event['audit_id']} is not sealed, though all events up to {self.settled_id} were: it was written "
                                    "into the database afterwards")
                elif event["recorded_at"] < late or event["recorded_at"] > shifted(self.exported_at, minutes=1):
                    self.report.bad(f"event {event['audit_id']} of {event['recorded_at']} is not sealed: the sealer was down, or the event "
                                    "was written past it")
        if count:
            self.report.note(f"{count} events are not sealed; nothing is proven of them, and none is in the tables")
        else:
            self.report.ok("no event in the database is unsealed")

    def check_names(self):
        if not self.has("names/disclosures.ndjson"):
            return
        unexplained = [event for job, event, letters in self.not_opened
                       if letters - self.erased.get(("job", job), set()) - self.erased.get(("event", event), set())]
        self.report.judge(not unexplained, f"names fit what the events commit to; {len(self.not_opened)} events have some that were erased, "
                                           "each named by an event identity_erased",
                          f"{len(unexplained)} events have names missing, and no event identity_erased says so, such as event "
                          f"{unexplained[0] if unexplained else ''}")

    def check_stories(self):
        holes = [job for job, (count, least, greatest, facts) in self.jobs.items()
                 if greatest - least + 1 != count or ("received" in facts and least != 1)]
        self.report.judge(not holes, f"the stories of {len(self.jobs)} jobs have no gap", f"events are missing in the stories of jobs {holes[:5]}")
        bare = [place for place, job in self.population if not {"received", "revoke_attempted"} <= self.jobs[job][3].keys()]
        self.report.judge(not bare, "each removal has its approval and its intent before it",
                          f"removals at these places have no approval or no intent in the log: {bare[:5]}")

    def row(self, place, job, columns):
        facts, cells = self.jobs[job][3], {"job_id": job}
        for name in ("received", "revoke_attempted", "ticket_opened", "requester_confirmed"):
            cells.update(facts.get(name, (0, {}))[1])
        cells.update(facts[place][1]["removal"][1])
        return [as_cell(cells.get(name)) for name in columns]

    def check_population(self):
        self.report.judge(self.count == len(self.population),
                          f"the population is {self.count} removals from {self.since} up to {self.until}: as many as the log holds",
                          f"the manifest says {self.count} removals, the log holds {len(self.population)}")
        drawn = []
        if self.sample:
            drawn = sorted((hashlib.sha256(f"{self.sample['seed']}:{place}".encode()).hexdigest(), place, job)
                           for place, job in self.population)[:self.sample["size"]]
        kinds = [("", COLUMNS)] + [("names/", COLUMNS + list(NAMES))] * self.has("names/disclosures.ndjson")
        for folder, columns in kinds:
            self.check_table(f"{folder}removals.csv", columns, (self.row(place, job, columns) for place, job in self.population))
        for folder, columns in kinds * bool(self.sample):
            rows = ([str(number), draw, *self.row(place, job, columns)] for number, (draw, place, job) in enumerate(drawn, 1))
            self.check_table(f"{folder}sample.csv", ["sample_no", "draw", *columns], rows)
        for number, (_, place, job) in enumerate(drawn[:100], 1):
            shown = zip(["app", "approval_id", "seat", "approver", "removed_at", "provider_request_id"],
                        self.row(place, job, ["app", "approval_id", "seat", "approver", "removed_at", "provider_request_id"]))
            print(f"      sample {number}: job {job}, " + ", ".join(f"{name} {value}" for name, value in shown if value))

    def check_table(self, name, columns, rows):
        if not self.has(name):
            if not name.startswith("names/"):
                self.report.bad(f"{name} is missing")
            return
        with open(self.folder / name, encoding="utf-8", newline="") as file:
            found = csv.reader(file)
            if next(found, None) != list(columns):
                self.report.bad(f"{name} has other columns")
                return
            count = 0
            for wanted in rows:
                count += 1
                if next(found, None) != wanted:
                    self.report.bad(f"{name}, row {count}, is not what the events say (job {wanted[columns.index('job_id')]})")
                    return
            self.report.judge(next(found, None) is None, f"{name}: {count} rows, each as the events say", f"{name} has rows too many")

    def check_outside(self):
        if not self.outside:
            self.report.note("not checked: whether the log was cut or set back, for want of checkpoints from elsewhere (--checkpoints)")
            return
        for note, last_fit in self.misfits[:1]:
            check_signed(note, self.keys, self.report, f"your checkpoint of {note.size} events, sealed {note.sealed_at}, does not fit: the log "
                         f"was rewritten at or behind place {last_fit}")
        cut = [note for note in self.outside if note.size > self.size and note.sealed_at < self.exported_at]
        for note in cut[-1:]:
            check_signed(note, self.keys, self.report, f"your checkpoint of {note.size} events, sealed {note.sealed_at}, is not in the log, which "
                         f"ends with {self.size}: it was cut, or set back to a backup")
        before = sum(note.size < self.first for note in self.outside)
        after = sum(note.size > self.size and note not in cut for note in self.outside)
        if before:
            self.report.note(f"{before} of your checkpoints are from before this pack begins: not compared")
        if after:
            self.report.note(f"{after} of your checkpoints are from after this export: not compared")
        if not self.fitting:
            self.report.note("none of your checkpoints is of a state in this pack: it rests on the signatures alone")
            return
        newest = self.fitting[-1][0]
        if check_signed(newest, self.keys, self.report, None):
            self.report.ok(f"{len(self.fitting)} of your checkpoints fit; up to place {newest.size - 1}, sealed {newest.sealed_at}, nobody "
                           "changed, removed or inserted an event since")
        if newest.size < self.size:
            self.report.note(f"places {newest.size} to {self.size - 1} came after your newest checkpoint: they rest on the signature alone")


def as_cell(value):
    """A value as a cell of the tables: what a spreadsheet would take for a formula has an apostrophe in front."""
    text = "" if value is None else str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") and text else text


def check_signed(note, keys, report, finding):
    if not note.is_signed(keys):
        report.bad(f"your checkpoint of {note.size} events is not signed by the key given: wrong key, or a file of another log")
        return False
    if finding:
        report.bad(finding)
    return True


# --- A receipt

def verify_receipt(path, keys, outside, report):
    receipt = parsed(read(path), path.name)
    try:
        if receipt.get("format") != "reclaim receipt 1":
            raise Unreadable("the receipt is of another format than this program knows")
        job, note = receipt["job_id"], Checkpoint(receipt["checkpoint"])
        events = [(e["leaf_index"], e["line"].encode(), [bytes.fromhex(h) for h in e["proof"]]) for e in receipt["events"]]
        disclosures, unsealed = receipt["disclosures"], receipt["unsealed"]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unreadable("the receipt lacks a member, or one is of another type than FORMAT.md says") from None
    report.judge(note.is_signed(keys), f"the checkpoint, {note.size} events, sealed {note.sealed_at}, is signed by the key given",
                 "the checkpoint is not signed by the key given")
    story, names, hidden = [], {}, 0
    for place, line, proof in events:
        if root_by_proof(leaf_hash(line), place, note.size, proof) != note.root:
            report.bad(f"the event at place {place} is not in the tree that was signed")
            continue
        event = parsed(line, f"the event at place {place}")
        if event.get("job_id") != job:
            report.bad(f"the event at place {place} is of another job")
            continue
        values, closed = opened(event, [one for one in disclosures if one["leaf_index"] == place], place, report)
        hidden += len(closed)
        names.update((letter, value) for letter, value in values.items() if event["event_type"] == "received")
        story.append(event)
    story.sort(key=lambda event: event["event_seq"])
    places = {place for place, _, _ in events}
    if any(one["leaf_index"] not in places for one in disclosures):
        report.bad("a name belongs to no event of this receipt")
    report.judge(bool(story) and [e["event_seq"] for e in story] == list(range(1, len(story) + 1)),
                 f"{len(story)} events of job {job}, the first to the {len(story)}th without a gap, are in the tree that was signed",
                 f"events of job {job} are missing")
    if hidden:
        report.note(f"{hidden} commitments are not opened: names erased or left out")
    if unsealed:
        report.note(f"{len(unsealed)} later events of the job were not sealed yet: nothing is proven of them")
    for name, letter in NAMES.items():
        if letter in names:
            print(f"      {name}: {names[letter]}")
    for event in story:
        print("      " + " ".join(str(event[name]) for name in ("recorded_at", "event_type", "outcome", "provider_request_id") if name in event))
    equal = [other for other in outside if other.size == note.size]
    for other in equal:
        if other.root != note.root:
            check_signed(other, keys, report, "your checkpoint of that size is another one: the log was rewritten")
    if equal and all(other.root == note.root for other in equal):
        report.ok("and is among the checkpoints that you have from elsewhere")
    elif not equal:
        report.note("not checked: whether that checkpoint is known elsewhere; none of yours is of its size")
    report.note("not checked: whether the job went on after these events; a pack shows that")


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("what", type=pathlib.Path, help="folder of a pack, or file of a receipt")
    asked.add_argument("--key", action="append", required=True, help="ORIGIN+ID+KEY")
    asked.add_argument("--checkpoints", type=pathlib.Path, help="your copy of the signed checkpoints")
    given, report = asked.parse_args(), Report()
    try:
        keys = [Key(text) for text in given.key]
        outside = read_checkpoints(given.checkpoints) if given.checkpoints else []
        if given.what.is_dir():
            Pack(given.what, keys, outside, report).verify()
        else:
            verify_receipt(given.what, keys, outside, report)
    except (Unreadable, KeyError, TypeError, ValueError, AttributeError) as why:
        known = isinstance(why, Unreadable)
        print(f"BAD   {why if known else 'a line is not of the form that FORMAT.md describes: ' + repr(why)}")
        if not report.bad_count:
            print("it could not be judged")
        return 1 if report.bad_count else 2
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
