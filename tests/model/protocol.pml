/* Claim, fence, intent, look-act-look, record, tell: the protocol of sql/functions and worker/, for Spin. docs/model.md explains it.

   Every SQL function is one atomic step, because it is one transaction under the locks of job and seat. Every call to the outside is
   an atomic step of its own, whose answer may be lost and whose effect may come late. A frozen worker needs no construct: a process may
   simply not run for as long as it likes, and then go on. Whatever is counted down (faults) bounds the state space.

   The design is what this file says without any WITHOUT_... switch; each of them takes one protection away. A violation does not stop
   the search: BROKEN notes it outside of the states, so that one full search says of every property whether it holds. */

#include "state.pml"
#include "judge.pml"
#include "transactions.pml"

/* ---- A worker ---- */
inline may_die()                     /* killed: it remembers nothing. SIGTERM: it hands back, uncharged */
{
    if
    :: atomic { MAY(crashes, CRASHES) -> COUNT(crashes); worker_token[me] = 0; goto idle }
    :: atomic { MAY(crashes, CRASHES) && MINE(mine) -> COUNT(crashes); flushed();
        if :: db.job[mine].state == revoke && db.job[mine].attempts > 0 -> db.job[mine].attempts-- :: else fi;
        end_lease(mine); worker_token[me] = 0; goto idle }
    :: skip
    fi
}

proctype Worker(byte me)
{
    byte mine, fence, tok, n;
    bit earlier, lawful, after, answered, unanswered, saw_held;
    mtype verdict, seen, begun_as;
idle:
    atomic {
        worker_token[me] = 0; fence = 0; tok = 0; n = 0;
        earlier = 0; lawful = 0; after = 0; answered = 0; unanswered = 0; saw_held = 0; verdict = 0; seen = 0; begun_as = 0; mine = 0;
        if
        :: db.job[0].due -> claim(0)
        :: JOBS > 1 && db.job[JOBS - 1].due -> claim(JOBS - 1)
        :: db.job[0].state == ended && db.job[JOBS - 1].state == ended -> goto finished
        fi
    }
    may_die();
    if
    :: begun_as == deliver -> goto telling
    :: else
    fi;
    /* begin_revokes */
#ifdef WITHOUT_LOCKS
    atomic { if :: !MINE(mine) || (db.job[mine].state != validate && db.job[mine].state != revoke) -> lose() :: else -> begin_judge() fi };
    atomic { if :: !MINE(mine) || (db.job[mine].state != validate && db.job[mine].state != revoke) -> lose() :: else -> flushed(); begin_write() fi };
#else
    atomic {
        if
        :: !MINE(mine) || (db.job[mine].state != validate && db.job[mine].state != revoke) -> lose()
        :: else -> flushed(); begin_judge(); begin_write()
        fi
    };
#endif
    if :: verdict == superseded || verdict == refused -> goto telling :: else fi;
    may_die();
    /* look */
    atomic {
        if
        :: holds -> seen = yes
        :: else -> seen = no
        :: MAY(lost, LOST) -> COUNT(lost); seen = no_answer
        fi
    };
#ifdef WITHOUT_LOOK_BEFORE
    if :: verdict == go -> seen = yes :: else -> saw_held = (seen == yes) fi;
#else
    saw_held = (seen == yes);
#endif
    if
    :: seen == no_answer -> atomic { record_setback(0, earlier) }
    :: seen == no -> goto recording
    :: seen == yes && verdict == look -> atomic { record_setback(1, WITHDRAWN_EFFECT) }
    :: else
    fi;
    may_die();
    /* act */
    atomic {
        if :: !saw_held -> BROKEN(LOOK_FIRST) :: else fi;
        if
        :: vendor_removes(mine, lawful, after); answered = 1
        :: MAY(lost, LOST) -> COUNT(lost); vendor_removes(mine, lawful, after); unanswered = 1
        :: MAY(lost, LOST) -> COUNT(lost); unanswered = 1                                        /* it never arrived */
        :: MAY(fails, FAULTS) -> COUNT(fails); seen = no_answer                                       /* answered: certainly no effect */
        :: MAY(late, LATE) && !flying -> COUNT(late); flying = 1; fly_job = mine; fly_lawful = lawful; fly_after = after;
            if :: answered = 1 :: unanswered = 1 fi                                     /* accepted, or timed out; comes later */
        fi
    };
    if :: seen == no_answer -> atomic { record_setback(0, earlier) } :: else fi;
    may_die();
    /* look again */
#ifdef WITHOUT_LOOK_AFTER
    if :: answered -> goto recording :: else fi;
#endif
    atomic {
        if
        :: holds -> seen = yes
        :: else -> seen = no
        :: MAY(lost, LOST) -> COUNT(lost); seen = no_answer
        fi
    };
    if
    :: seen != no -> atomic { record_setback(0, EFFECT_NOW) }
    :: else
    fi;

recording:
#ifdef WITHOUT_RECORD_BEFORE_TELLING
    atomic { heard[mine] = 3; if :: db.job[mine].results == 0 -> BROKEN(SAID_TRUE) :: else fi };
#endif
    may_die();
    atomic {
        if
        :: !MINE(mine) || !IN_REVOKE(mine) -> lose()
        :: else ->
            flushed();
            if
            :: answered || unanswered || earlier -> record_removal(removed); REACHED(P_REMOVED)
            :: else -> record_removal(absent); REACHED(P_ABSENT)
            fi;
#ifndef WITHOUT_EVIDENCE_IN_TRANSACTION
            record_evidence();
#endif
#ifndef WITHOUT_OUTBOX_IN_TRANSACTION
            record_outbox()
#endif
        fi
    };
#ifdef WITHOUT_EVIDENCE_IN_TRANSACTION
    may_die();
    atomic { record_evidence() };
#endif
#ifdef WITHOUT_OUTBOX_IN_TRANSACTION
    may_die();
    atomic { record_outbox() };
#endif

telling:
#if !TELLING
    atomic { if :: !MINE(mine) -> lose() :: else -> flushed(); db.job[mine].ticket = 2; db.job[mine].told = 4; finish(mine); goto idle fi };
#endif
    atomic { earlier = 0; lawful = 0; after = 0; answered = 0; unanswered = 0; saw_held = 0; verdict = 0; seen = 0; begun_as = 0 }
    may_die();
    if
    :: db.job[mine].ticket == 1 ->
        atomic {                     /* issueCreate under our id: Linear refuses a second one with the same */
            if :: LINEAR_CREATES(mine) -> tickets[mine]++ :: else fi;
            if :: tickets[mine] > 1 -> BROKEN(ONE_TICKET) :: else fi;
            if :: db.job[mine].results == 0 -> BROKEN(SAID_TRUE) :: else fi
        };
        if
        :: atomic { MAY(lost, LOST) -> COUNT(lost); if :: MINE(mine) -> flushed(); finish(mine); goto idle :: else -> lose() fi }   /* record_message_setback */
        :: skip
        fi;
        atomic {                     /* record_tickets */
            if
            :: !MINE(mine) || db.job[mine].ticket != 1 -> lose()
            :: else ->
                flushed();
                db.job[mine].ticket = 2;
                if
                :: db.job[mine].told == 1 -> db.job[mine].told = 3
                :: else -> db.job[mine].update = 1; REACHED(P_UPDATED)
                fi
            fi
        }
    :: db.job[mine].told == 1 && db.job[mine].ticket == 1 ->     /* wait_for_ticket is over: freeze_message, before the first send */
#ifdef WITHOUT_FREEZE
        skip
#else
        atomic { if :: !MINE(mine) || db.job[mine].told != 1 -> lose() :: else -> flushed(); db.job[mine].told = 2 fi }
#endif
    :: else
    fi;
    may_die();
    if
    :: atomic { READY_TO_SEND(mine) ->
            n = (db.job[mine].told == 3 -> 3 : 2);
            if :: heard[mine] != 0 && heard[mine] != n -> BROKEN(SAME_BYTES) :: else fi;
            if :: db.job[mine].outcome == none -> BROKEN(SAID_TRUE) :: else fi;
            heard[mine] = n;
            n = 0
        }
        if
        :: atomic { MAY(lost, LOST) -> COUNT(lost); if :: MINE(mine) -> flushed(); finish(mine); goto idle :: else -> lose() fi }
        :: skip
        fi;
        atomic {                     /* record_confirmations */
            if
            :: !MINE(mine) || db.job[mine].told == 4 || db.job[mine].told == 0 -> lose()
            :: else -> flushed(); db.job[mine].told = 4; finish(mine); goto idle
            fi
        }
    :: db.job[mine].update == 1 && db.job[mine].told == 4 ->
        atomic { if :: !MINE(mine) -> lose() :: else -> flushed(); db.job[mine].update = 2; finish(mine); goto idle fi }
    :: else ->                       /* nothing left to send now: whatever is due later is somebody's next claim */
        atomic { if :: !MINE(mine) -> lose() :: else -> flushed(); finish(mine); goto idle fi }
    fi;
    goto idle;
finished:
    skip
}

/* ---- Everybody else ---- */
#define HELD_BY_NOBODY(j) (!HELD_BY_A_WORKER(db.job[j].token))
#define LEASED(j) (db.job[j].token != 0 && !db.job[j].due)
#define ALL_ENDED (db.job[0].state == ended && db.job[JOBS - 1].state == ended)

inline operate(j)
{
    if
    :: db.job[j].state == validate || db.job[j].state == revoke ->                      /* hold */
        db.job[j].held_from = db.job[j].state;
        db.job[j].state = held;
        db.job[j].attempts = 0;
        db.job[j].fence++; db.job[j].token = 0;
        db.job[j].due = 0
    :: db.job[j].state != held && db.job[j].state != ended ->                           /* requeue: now; a failed one anew */
        if
        :: db.job[j].outcome == failed ->
            db.job[j].state = (db.job[j].effect -> revoke : validate);
            db.job[j].outcome = none;
            heard[j] = 0;            /* what was said of the failure was another message, and stays in the outbox */
            db.job[j].told = 0;
            REACHED(P_REQUEUED)
        :: else
        fi;
        db.job[j].attempts = 0;
#ifndef WITHOUT_REQUEUE_FENCING
        db.job[j].fence++; db.job[j].token = 0;
#endif
        db.job[j].due = 1
    :: MAY_CANCEL(j) ->                                                                 /* cancel */
        db.job[j].fence++; db.job[j].token = 0; db.job[j].due = 1;
        conclude(j, cancelled, 0);
        REACHED(P_CANCELLED)
    fi
}

/* A held job is released or, when certainly nothing has happened, cancelled. */
inline decide_held(j)
{
    db.job[j].fence++; db.job[j].token = 0; db.job[j].due = 1;
    if
    :: db.job[j].state = (db.job[j].effect -> db.job[j].held_from : validate); db.job[j].held_from = 0; REACHED(P_RELEASED)
    :: !(db.job[j].held_from == revoke && db.job[j].effect) -> conclude(j, cancelled, 0); REACHED(P_CANCELLED)
    fi
}

#ifdef WITHOUT_LEASE_END
#define LEASES_END 0
#else
#define LEASES_END 1
#endif
/* The first: worker_tick, or the lease's end. */
#define WORLD_OF(j) \
    :: atomic { LEASES_END && LEASED(j) && HELD_BY_NOBODY(j) -> db.job[j].due = 1 } \
    :: atomic { MAY(expiries, EXPIRIES) && LEASED(j) && !HELD_BY_NOBODY(j) -> COUNT(expiries); db.job[j].due = 1 } \
    :: atomic { MAY(acts, OPERATOR) && db.job[j].state != held && db.job[j].state != ended -> COUNT(acts); flushed(); operate(j) } \
    :: atomic { db.job[j].state == held -> flushed(); decide_held(j) }
proctype World()
{
    byte n;
end:
    do
    WORLD_OF(0)
#if JOBS > 1
    WORLD_OF(1)
#endif
    :: atomic { FLAGS && !ALL_ENDED && db.flagged && db.epoch == 1 -> flushed(); db.flagged = 0 }                    /* unflag_seat */
    :: atomic { FLAGS && !ALL_ENDED && !db.flagged && db.epoch == 1 -> flushed(); db.flagged = 1; db.gone = 0; db.epoch = 2; db.removal_job = 0 }    /* flag_seat */
    /* A person gives the seat back: after a removal, where its flag is gone or the job's end is decided. */
    :: atomic { !holds && !given_back && removals > 0 && (!FLAG_TRULY_OK || HAS_OUTCOME(0)) -> given_back = 1; holds = 1; seat_changes++; REACHED(P_GIVEN_BACK) }
    :: atomic { OTHERS && !ALL_ENDED && holds && !taken_by_other && removals == 0 -> taken_by_other = 1; holds = 0; seat_changes++ }
    :: atomic { flying -> REACHED(P_LATE_EFFECT); n = fly_job; vendor_removes(n, fly_lawful, fly_after);
        flying = 0; fly_job = 0; fly_lawful = 0; fly_after = 0; n = 0 }
#if DB_CRASHES
    :: atomic { unflushed && MAY(db_crashes, DB_CRASHES) -> COUNT(db_crashes); copy_database(db, disk); copy_database(disk, nothing); unflushed = 0; REACHED(P_CLAIM_LOST) }
#if defined(WITHOUT_SYNCHRONOUS_STANDBY)
    :: atomic { !unflushed && MAY(db_crashes, DB_CRASHES) -> copy_database(disk, db); unflushed = 1 }
#endif
#endif
    od
}

init {
    atomic {
        c_code { atexit(tell); };
        byte i = 0;
        do
        :: i < JOBS -> db.job[i].state = validate; db.job[i].outcome = none; db.job[i].due = 1; i++
        :: else -> break
        od;
        db.flagged = 1;
        db.epoch = APPROVED_EPOCH;
        i = 0;
        do
        :: i < WORKERS -> run Worker(i); i++
        :: else -> break
        od;
        run World()
    }
}

ltl ends { <> ALL_ENDED }
