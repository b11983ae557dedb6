"""A sealed log that is there to be tampered with, and set back to what it was."""
import shutil

import removals
from harness import wait_until
from sealing import Sealer, wait_sealed

TABLES = ("audit", "audit_personal", "approval", "leaf", "seal")


class Log:
    """Some removals, flags and gates, an erasure, ids that were drawn and never used; a backup from half way; and a copy of the checkpoints
    that whoever tampers cannot reach."""

    def __init__(self, cluster, folder):
        self.cluster, self.folder = cluster, folder

    def __enter__(self):
        self.db = self.cluster.fresh_database()
        # Whoever may tamper may also drop what hinders it.
        self.db.run("create schema kept; alter table reclaim.audit drop constraint audit_belongs_to_a_job_in_order, "
                    "drop constraint audit_names_programs_not_people, drop constraint audit_event_known, drop constraint audit_actor_known; drop index reclaim.audit_of_job")
        sealer = Sealer(self.db).start()
        try:
            self._live(sealer)
            self.key = sealer.key
            self.checkpoints = self.folder / "checkpoints.txt"
            shutil.copy(sealer.checkpoints, self.checkpoints)
        finally:
            sealer.end()
        self._keep("all")
        self.size = self.db.value("select max(tree_size) from reclaim.seal")
        self.sizes = [row["tree_size"] for row in self.db.rows("select tree_size from reclaim.seal order by 1")]
        self.settled = self.db.value("select max(settled_id) from reclaim.seal")
        return self

    def __exit__(self, *_):
        self.cluster.drop(self.db)

    def _live(self, sealer):
        removals.remove(self.db, [f"seat-{n}" for n in range(6)])
        self.unused = self.db.value("select max(nextval('reclaim.audit_audit_id_seq')) from generate_series(1, 5)") - 2
        self._seal(sealer)
        self.db.value("select reclaim.close_gate('app:slack', 'a migration')")
        removals.remove(self.db, [f"seat-{n}" for n in range(6, 9)])
        self._seal(sealer)
        self._keep("backup")
        self.db.rows("select * from reclaim.erase_identity('subject', 'user of seat-7', 'request 17')")
        removals.remove(self.db, [f"seat-{n}" for n in range(9, 14)])
        self._seal(sealer)
        # Until the sealer knows that none of the ids drawn at the beginning can appear any more, and has said so in a seal.
        def flag_and_ask():
            self.db.value("select reclaim.flag_seat('figma', 'seat ' || gen_random_uuid(), 'somebody')")
            self._seal(sealer)
            return self.db.value("select max(settled_id) from reclaim.seal") > self.unused + 10
        wait_until(flag_and_ask, "what the sealer has seen is settled", 20)

    def _seal(self, sealer):
        wait_sealed(self.db)
        size = self.db.value("select max(tree_size) from reclaim.seal")
        wait_until(lambda: sealer.notes() and sealer.notes()[-1][1] == size, "the last checkpoint is in the file")

    def _keep(self, name):
        self.db.run("".join(f"create table kept.{name}_{table} as table reclaim.{table};" for table in TABLES))

    def restore(self, name="all"):
        self.change("".join(f"delete from reclaim.{table}; insert into reclaim.{table} table kept.{name}_{table};" for table in TABLES))

    def change(self, sql):
        """As a superuser who switches every trigger off."""
        self.db.run("set session_replication_role = replica; begin; " + sql + "; commit")

    def fingerprint(self):
        return self.db.value("select md5(concat(" + ", ".join(f"(select string_agg(x::text, chr(10) order by x::text) from reclaim.{table} x)"
                                                              for table in TABLES) + "))")

    def ids(self, where="true"):
        """Of sealed events, in the order of their places."""
        return [row["audit_id"] for row in self.db.rows(f"select audit_id from reclaim.leaf join reclaim.audit using (audit_id) where {where} "
                                                        "order by leaf_index")]
