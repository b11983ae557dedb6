"""What happens on the way to the database: connections cut at a chosen message, stalls. A hook for tests/support/pg_proxy.py."""
from pg_proxy import CUT_AFTER, CUT_BEFORE, CUT_HALFWAY, DROP_ANSWER, PASS, Stall

# Of a proxied connection's messages of that kind.
ON_COMMIT_SENT = (("db_cut_commit_sent", CUT_AFTER, 0.003), ("db_answer_swallowed", DROP_ANSWER, 0.003), ("db_half_message", CUT_HALFWAY, 0.002))
ON_COMMIT_ANSWERED = (("db_cut_commit_answered", CUT_BEFORE, 0.002), ("db_cut_commit_answered", CUT_AFTER, 0.001))
ON_BIND = (("db_cut_after_bind", CUT_AFTER, 0.001), ("db_half_message", CUT_HALFWAY, 0.0005))
ON_SYNC = (("db_stall", None, 0.001),)


class Wire:
    def __init__(self, ledger, dice):
        self._ledger, self._dice = ledger, dice
        self.active = False

    def __call__(self, message):
        if not self.active:
            return PASS
        about_commit = message.about == "commit"
        if message.to_server:
            if message.kind == "Execute" and about_commit:
                return self._throw(ON_COMMIT_SENT, message)
            if message.kind in ("Bind", "Parse") and not about_commit:
                return self._throw(ON_BIND, message)
            if message.kind == "Sync":
                return self._throw(ON_SYNC, message)
        elif message.kind == "CommandComplete" and about_commit:
            return self._throw(ON_COMMIT_ANSWERED, message)
        return PASS

    def _throw(self, faults, message):
        luck = self._dice.random()
        for kind, action, share in faults:
            if luck < share:
                action = action or Stall(self._dice.uniform(0.3, 3))
                self._ledger.fault(kind, f"{message.application} connection {message.connection}", message=str(message))
                return action
            luck -= share
        return PASS
