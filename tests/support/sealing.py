"""A sealer under test, and what it must have made, computed anew from the database in the plainest way."""
import base64
import hashlib
import json
import shutil
import subprocess

from harness import BIN, scratch_folder, wait_until
from programs import Program


def new_key(path, origin="example.com/reclaim"):
    done = subprocess.run([BIN / "reclaim-worker", "seal", "--new-key", path, "--origin", origin], text=True, capture_output=True, check=False)
    return done.returncode, (done.stdout or done.stderr).strip()


class Sealer:
    """Configuration, key and checkpoint file of one sealer, which may be started, ended and started again."""

    def __init__(self, db, folder=None, every="50ms", former_keys=()):
        self.folder, self.every = folder or scratch_folder("seal"), every
        self.checkpoints = self.folder / "checkpoints.txt"
        self.program = None
        if not (self.folder / "seal.key").exists():
            status, self.key = new_key(self.folder / "seal.key")
            if status:
                raise AssertionError(self.key)
        self.config = self.folder / "reclaim.toml"
        url = db.url.replace("postgres@", "reclaim_sealer@")
        self.config.write_text(f'[database]\nconninfo = "{url}"\n[seal]\nkey_file = "seal.key"\ncheckpoints_file = "checkpoints.txt"\n'
                               f'every = "{every}"\nformer_keys = {json.dumps(list(former_keys))}\n')

    def twin(self, db, name):
        """Another sealer with the same key and a checkpoint file of its own."""
        folder = self.folder / name
        folder.mkdir()
        shutil.copy(self.folder / "seal.key", folder / "seal.key")
        other = Sealer(db, folder, self.every)
        other.key = self.key
        return other

    def start(self):
        self.program = Program([BIN / "reclaim-worker", "seal", "--config", self.config], "sealer")
        self.program.wait_line('"sealer_started"')
        return self

    def must_live(self):
        if not self.program.alive():
            raise AssertionError(f"a sealer ended by itself with {self.program.process.returncode}:\n{self.program.tail()}")

    def secret(self):
        """The part of its key that nobody else may know, as it is written in the file."""
        return (self.folder / "seal.key").read_text().strip().split("+", 4)[4]

    def notes(self):
        """The checkpoints in the file, as (text that is signed, size, root, signature)."""
        if not self.checkpoints.exists():
            return []
        blocks = self.checkpoints.read_text(encoding="utf-8").split("\n\n")
        found = []
        for body, signature in zip(blocks[0::2], blocks[1::2]):
            _, size, root, _ = body.split("\n")
            found.append((body + "\n", int(size), base64.b64decode(root), base64.b64decode(signature.split(" ")[2])))
        return found

    def signature_is_good(self, note, key=None):
        """Judged by OpenSSL."""
        public = base64.b64decode((key or self.key).split("+", 2)[2])[1:]
        files = {name: self.folder / name for name in ("public.der", "signed", "signature")}
        files["public.der"].write_bytes(bytes.fromhex("302a300506032b6570032100") + public)
        files["signed"].write_bytes(note[0].encode())
        files["signature"].write_bytes(note[3][4:])
        return subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", files["public.der"], "-rawin",
                               "-in", files["signed"], "-sigfile", files["signature"]], capture_output=True, check=False).returncode == 0

    def end(self):
        if self.program:
            self.program.kill9()
        shutil.rmtree(self.folder, ignore_errors=True)


def line(event):
    """The canonical bytes of one row of reclaim.log_event."""
    def text(value):
        out = "".join("\\u%04x" % ord(c) if ord(c) < 0x20 else "\\" + c if c in '"\\' else c for c in value)
        return f'"{out}"'
    return "{" + ",".join(f"{text(name)}:{value if isinstance(value, int) else text(value)}" for name, value in event.items()
                          if value is not None) + "}"


def root(leaves):
    """The tree's root by its definition, RFC 6962 section 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + root(leaves[:k]) + root(leaves[k:])).digest()


def leaves(db):
    """The leaf hashes of everything sealed, in the order of the tree."""
    at = "to_char({0} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    columns = [row["name"] for row in db.rows("select attname as name from pg_attribute where attrelid = 'reclaim.log_event'::regclass "
                                              "order by attnum")]
    shown = ", ".join(f"{at.format(name)} as {name}" if name.endswith("_at") else name for name in columns)
    rows = db.rows(f"select {shown} from reclaim.leaf join reclaim.log_event using (audit_id) order by leaf_index")
    return [hashlib.sha256(b"\0" + line(json.loads(json.dumps(row))).encode()).digest() for row in rows]


def all_sealed(db):
    return db.value("select count(*) from reclaim.audit t where not exists (select from reclaim.leaf l where l.audit_id = t.audit_id)") == 0


def wait_sealed(db):
    wait_until(lambda: all_sealed(db), "every event is sealed", 20)
