/* What is judged, and the vendor, at whose door most of it is. */

inline judge_silence(j)              /* an end that says "nothing happened" where something did, and nobody is asked to look */
{
    if
    :: took[j] && !db.job[j].compensate && (db.job[j].outcome == refused || db.job[j].outcome == superseded ||
            db.job[j].outcome == cancelled || (db.job[j].outcome == failed && !db.job[j].effect)) -> BROKEN(SILENT)
    :: else
    fi
}

inline judge_audit(j)
{
    if
    :: ((db.job[j].outcome == removed || db.job[j].outcome == absent) && db.job[j].results != 1) ||
        (db.job[j].outcome != removed && db.job[j].outcome != absent && db.job[j].results != 0) -> BROKEN(AUDIT)
    :: else
    fi
}

inline judge_winners()
{
    if
    :: JOBS > 1 && (db.job[0].outcome == removed || db.job[0].outcome == absent) &&
        (db.job[JOBS - 1].outcome == removed || db.job[JOBS - 1].outcome == absent) -> BROKEN(ONE_WINNER)
    :: else
    fi
}

/* A call that removes arrives at the vendor. lawful: its own attempt began under the approved flag. after: and after the seat had
   been given back. */
inline vendor_removes(j, lawful, after)
{
    if
    :: VENDOR_TAKES(j) ->
        holds = 0;
        seat_changes++;
        if :: removals > 0 -> BROKEN(ONCE) :: else fi;
        removals = 1;
        took[j] = 1;
        if :: !lawful && !FLAG_TRULY_OK -> BROKEN(LAWFUL) :: else fi;
        if :: given_back && after -> BROKEN(BOUND) :: else fi;
        if :: !db.job[j].intent -> BROKEN(EVIDENCE) :: else fi;
        judge_silence(j)
    :: else
    fi;
#ifdef VENDOR_KEY
    key_used[j] = 1;
#endif
    skip
}
