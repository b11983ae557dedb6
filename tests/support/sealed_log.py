"""A sealed log of some removals that tests export, change and have judged."""
import csv
import hashlib
import json
import shutil

import removals
from database import Cluster
from evidence import both_say, export
from harness import expect, scratch_folder, wait_until
from sealing import Sealer, wait_sealed

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
