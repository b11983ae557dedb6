/* The SQL functions of sql/functions, each one transaction. They expand inside a worker, whose variables they use. */

inline end_lease(j) { db.job[j].token = 0; db.job[j].due = 1 }

inline conclude(j, how, event_effect)
{
    if :: HAS_OUTCOME(j) -> BROKEN(ONE_END) :: else fi;
    db.job[j].outcome = how;
    db.job[j].state = deliver;
    db.job[j].held_from = 0;
    db.job[j].attempts = 0;
    db.job[j].told = 3;              /* queue_confirmation: frozen from the start */
    if :: db.removal_job == j + 1 && (!event_effect || how == refused) -> db.removal_job = 0 :: else fi;
    if :: event_effect && !FLAG_TRULY_OK -> db.job[j].compensate = 1; REACHED(P_COMPENSATED) :: else fi;
    judge_silence(j);
    judge_audit(j)
}

inline lose() { REACHED(P_ZOMBIE_WRITE); goto idle }

/* claim_jobs */
inline claim(j)
{
    about_to_claim();
    if :: db.job[j].token != 0 -> REACHED(P_TAKEN_OVER) :: else fi;
    judge_audit(j);
    db.job[j].fence++;
    fresh_token(j);
    db.job[j].due = 0;
    mine = j;
    fence = db.job[j].fence;
    worker_token[me] = db.job[j].token;
    earlier = db.job[j].effect;
    begun_as = db.job[j].state
}

/* begin_revokes, after lock_held_jobs: what is judged is still true when the intent is written, because job and seat are locked. */
inline begin_judge()
{
    if
    :: db.job[mine].state == validate && db.removal_job != 0 && db.removal_job != mine + 1 && db.epoch == APPROVED_EPOCH -> verdict = superseded
    :: else ->
        if
        :: FLAG_OK -> verdict = go
        :: else -> if :: db.job[mine].state == validate -> verdict = refused :: else -> verdict = look fi
        fi
    fi;
#ifdef WITHOUT_GUARDS_ON_RETRY
    if :: verdict == look -> verdict = go :: else fi;
#endif
    lawful = FLAG_TRULY_OK;
    after = given_back
}

inline begin_write()
{
    lawful = FLAG_TRULY_OK;
    after = given_back;
    if
    :: verdict == superseded || verdict == refused -> conclude(mine, verdict, 0);
        if :: verdict == refused -> REACHED(P_REFUSED) :: else -> REACHED(P_SUPERSEDED) fi
    :: else ->
        db.job[mine].attempts++;
#ifndef WITHOUT_INTENT
        if
        :: verdict == go -> db.job[mine].intent = 1; db.removal_job = mine + 1
        :: else -> REACHED(P_LOOK_ONLY)
        fi;
        db.job[mine].state = revoke;
        db.job[mine].effect = MARK_EFFECT
#endif
    fi
}

/* record_removals: evidence, seat and outbox together */
inline record_removal(how)
{
    if :: HAS_OUTCOME(mine) -> BROKEN(ONE_END) :: else fi;
    if :: holds && !given_back -> BROKEN(TRUE_RECORD) :: else fi;
    if :: how == absent && took[mine] -> BROKEN(TRUE_ABSENT) :: else fi;
    db.job[mine].state = deliver;
    db.job[mine].outcome = how;
    db.job[mine].attempts = 0;
    db.job[mine].effect = 0;
    if :: !FLAG_TRULY_OK -> db.job[mine].compensate = 1; REACHED(P_COMPENSATED) :: else fi;
    if :: db.removal_job == mine + 1 -> db.flagged = 0; db.gone = 1 :: else fi;
    judge_winners()
}
inline record_evidence() { db.job[mine].results++; judge_audit(mine) }
inline record_outbox() { db.job[mine].ticket = 1; db.job[mine].told = 1 }

/* record_setback */
inline record_setback(kind_withdrawn, effect_now)
{
    if
    :: !MINE(mine) || !IN_REVOKE(mine) -> lose()
    :: else ->
        flushed();
        db.job[mine].effect = effect_now;
        if
        :: kind_withdrawn -> REACHED(P_WITHDRAWN); conclude(mine, refused, effect_now); goto telling
        :: else ->
            if
            :: db.job[mine].attempts >= ATTEMPTS ->
                if :: effect_now -> REACHED(P_FAILED_UNKNOWN) :: else -> REACHED(P_FAILED) fi;
                conclude(mine, failed, effect_now);
                goto telling
            :: else ->
#ifdef WITHOUT_SETBACK_TO_REVOKE
                db.job[mine].state = validate;
#else
                if :: !effect_now -> db.job[mine].state = validate :: else fi;
#endif
                end_lease(mine);
                goto idle
            fi
        fi
    fi
}

/* finish_jobs, or park_job where a message is still owed */
inline finish(j)
{
    if
    :: db.job[j].state == deliver && db.job[j].ticket != 1 && db.job[j].told != 1 && db.job[j].told != 2 && db.job[j].told != 3 &&
            db.job[j].update != 1 ->
        if :: db.job[j].told != 4 -> BROKEN(TOLD) :: else fi;
        db.job[j].state = ended;
        db.job[j].token = 0;
        db.job[j].due = 0
    :: else -> end_lease(j)
    fi
}
