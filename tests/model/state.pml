/* What there is: switches, the database, the world around it, and what may be noted about them. */

#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef JOBS
#define JOBS 1
#endif
/* Troubles: how many of each kind, and how many of all kinds together. */
#ifndef TROUBLES
#define TROUBLES 3
#endif
#ifndef CRASHES
#define CRASHES 1          /* workers that die, or hand back at shutdown */
#endif
#ifndef EXPIRIES
#define EXPIRIES 1         /* leases that end while their holder lives: frozen, or cut off */
#endif
#ifndef LOST
#define LOST 1             /* calls whose answer is lost */
#endif
#ifndef LATE
#define LATE 1             /* calls whose effect comes at any later time */
#endif
#ifndef DB_CRASHES
#define DB_CRASHES 0       /* the server dies: commits that were not flushed are gone */
#endif
#ifndef OPERATOR
#define OPERATOR 1         /* acts of a person: hold, release, cancel, requeue */
#endif
#ifndef ATTEMPTS
#define ATTEMPTS 2
#endif

#ifndef TELLING
#define TELLING 1          /* tickets and confirmations; without them a job ends with its outcome */
#endif
#ifndef FAULTS
#define FAULTS 1           /* answers that say "failed, without effect" */
#endif
#ifndef FLAGS
#define FLAGS 1            /* the flag is cleared, and set anew */
#endif
#ifndef OTHERS
#define OTHERS 0           /* somebody else takes the seat away */
#endif

c_decl {
    enum { ONCE, LAWFUL, BOUND, EVIDENCE, ONE_WINNER, ONE_TICKET, AUDIT, TRUE_RECORD, TRUE_ABSENT, LOOK_FIRST, SAID_TRUE, SAME_BYTES, TOLD,
        ONE_END, SILENT, PROPERTIES };
    static const char* const property_names[] = { "once", "lawful", "bound", "evidence", "one_winner", "one_ticket", "audit",
        "true_record", "true_absent", "look_first", "said_true", "same_bytes", "told", "one_end", "no_silent_end" };
    enum { P_REMOVED, P_ABSENT, P_REFUSED, P_SUPERSEDED, P_CANCELLED, P_FAILED, P_FAILED_UNKNOWN, P_COMPENSATED, P_GIVEN_BACK,
        P_ZOMBIE_WRITE, P_LATE_EFFECT, P_LOOK_ONLY, P_WITHDRAWN, P_UPDATED, P_REQUEUED, P_RELEASED, P_CLAIM_LOST, P_TAKEN_OVER, PROBES };
    static const char* const probe_names[] = { "removed", "already_absent", "refused", "superseded", "cancelled", "failed",
        "failed_unknown", "compensated", "given_back", "zombie_write_refused", "late_effect", "look_only", "withdrawn", "updated",
        "failed_requeued", "released", "claim_lost", "taken_over" };
    static unsigned violations, visits;
    extern int printf(const char*, ...);
    extern int atexit(void (*)(void));
    static void tell(void)
    {
        for (int i = 0; i < PROPERTIES; ++i)
            if (violations & 1u << i)
                printf("broken: %s\n", property_names[i]);
        for (int i = 0; i < PROBES; ++i)
            if (visits & 1u << i)
                printf("reached: %s\n", probe_names[i]);
    }
}
#ifdef STOP_AT  /* run --trail: end at the first violation of this property */
#define BROKEN(what) c_code { violations |= 1u << what; }; assert(!c_expr { what == STOP_AT })
#else
#define BROKEN(what) c_code { violations |= 1u << what; }
#endif
#define REACHED(what) c_code { visits |= 1u << what; }

mtype = { validate, revoke, deliver, held, ended };
mtype = { none, removed, absent, refused, superseded, cancelled, failed };
mtype = { go, look, no_answer, yes, no };

/* ---- The database ---- */
typedef Job {
    mtype state, held_from, outcome;
    byte fence, token, attempts;     /* token 0: nobody holds it. Others: see fresh_token */
    bit due, effect;                 /* visible_at <= now; effect_possible */
    byte results;                    /* audit: revoke_confirmed and already_absent */
    bit intent, compensate;          /* audit: revoke_attempted, compensation_needed */
    byte ticket;                     /* outbox: 0 none, 1 pending, 2 delivered */
    byte told;                       /* the confirmation: 0 none, 1 not frozen, 2 frozen "pending", 3 frozen, 4 delivered */
    byte update;                     /* the update that follows it: 0 none, 1 pending, 2 delivered */
}
typedef Database {
    Job job[JOBS];
    bit flagged, gone;               /* seat.state: flagged, removed; neither is active */
    byte epoch, removal_job;         /* 0: nobody's */
}
Database db;
#if DB_CRASHES
Database disk;                       /* what a crash of the server brings back, while that is older than db */
bit unflushed;
#endif

/* ---- The world ---- */
bit holds = 1;                       /* the subject has the seat */
bit given_back, taken_by_other;
byte seat_changes;                   /* the vendor's version of the assignment; detection saw 0 */
byte removals;                       /* that had an effect */
bit took[JOBS], key_used[JOBS];      /* by a call of this job */
byte tickets[JOBS];                  /* at Linear, for this job's removal */
byte heard[JOBS];                    /* the text the requester got under the confirmation's id: 0 none, 2 and 3 as Job.told */
bit flying, fly_lawful, fly_after;   /* a call on its way whose sender waits no longer, and what its attempt knew */
byte fly_job;
byte crashes, expiries, lost, late, db_crashes, acts, fails, troubles;
#define MAY(kind, most) (troubles < TROUBLES && kind < most)
#define COUNT(kind) kind++; troubles++
byte worker_token[WORKERS];

#define APPROVED_EPOCH 1
#define FLAG_OK (db.flagged && (db.epoch == APPROVED_EPOCH || IGNORE_EPOCH))
#ifdef WITHOUT_EPOCH
#define IGNORE_EPOCH 1
#else
#define IGNORE_EPOCH 0
#endif
#define FLAG_TRULY_OK (db.flagged && db.epoch == APPROVED_EPOCH)
#define HAS_OUTCOME(j) (db.job[j].outcome != none)

#ifdef WITHOUT_FENCE
#define FENCE_IS(j, f) 1
#else
#define FENCE_IS(j, f) (db.job[j].fence == f)
#endif
#ifdef WITHOUT_TOKEN
#define TOKEN_IS(j, t) 1
#else
#define TOKEN_IS(j, t) (db.job[j].token == t)
#endif
#define MINE(j) (FENCE_IS(j, fence) && TOKEN_IS(j, worker_token[me]) && db.job[j].state != ended)
#if defined(WITHOUT_STATE_CHECK)
#define IN_REVOKE(j) 1
#elif defined(WITHOUT_INTENT)
#define IN_REVOKE(j) (db.job[j].state == validate || db.job[j].state == revoke)
#else
#define IN_REVOKE(j) (db.job[j].state == revoke)
#endif

#ifdef WITHOUT_EFFECT_POSSIBLE
#define MARK_EFFECT 0
#else
#define MARK_EFFECT 1
#endif
#define EFFECT_NOW (earlier || answered || unanswered)
#ifdef WITHOUT_HONEST_WITHDRAWAL
#define WITHDRAWN_EFFECT 0
#else
#define WITHDRAWN_EFFECT earlier
#endif
#ifdef WITHOUT_CANCEL_GUARD
#define MAY_CANCEL(j) (!HAS_OUTCOME(j) && (db.job[j].state == validate || db.job[j].state == revoke))
#else
#define MAY_CANCEL(j) (!HAS_OUTCOME(j) && db.job[j].state == validate)
#endif
#ifdef WITHOUT_FREEZE
#define READY_TO_SEND(j) (db.job[j].told == 1 || db.job[j].told == 2 || db.job[j].told == 3)
#else
#define READY_TO_SEND(j) (db.job[j].told == 2 || db.job[j].told == 3)
#endif
#ifdef WITHOUT_TICKET_ID
#define LINEAR_CREATES(j) (tickets[j] < 2)
#else
#define LINEAR_CREATES(j) (tickets[j] < 1)
#endif
#if defined(VENDOR_KEY)
#define VENDOR_TAKES(j) (holds && !key_used[j])
#elif defined(VENDOR_PRECONDITION)
#define VENDOR_TAKES(j) (holds && seat_changes == 0)
#else
#define VENDOR_TAKES(j) (holds)
#endif

/* A claim draws a random token: one that nobody remembers. The smallest such number keeps equal states equal. */
#define HELD_BY_A_WORKER(t) (t == worker_token[0] || t == worker_token[1 % WORKERS] || t == worker_token[2 % WORKERS])
#if DB_CRASHES
#define REMEMBERED(t) (HELD_BY_A_WORKER(t) || t == db.job[0].token || t == db.job[JOBS - 1].token || t == disk.job[0].token || t == disk.job[JOBS - 1].token)
#else
#define REMEMBERED(t) (HELD_BY_A_WORKER(t) || t == db.job[0].token || t == db.job[JOBS - 1].token)
#endif
inline fresh_token(j)
{
    tok = 1;
    do
    :: REMEMBERED(tok) -> tok++
    :: else -> break
    od;
    db.job[j].token = tok;
    tok = 0
}

/* The commit of everything but a claim waits for the disk, and takes earlier claims along. */
#if DB_CRASHES
inline copy_database(to, from)
{
    n = 0;
    do
    :: n < JOBS ->
        to.job[n].state = from.job[n].state; to.job[n].held_from = from.job[n].held_from; to.job[n].outcome = from.job[n].outcome;
        to.job[n].fence = from.job[n].fence; to.job[n].token = from.job[n].token; to.job[n].attempts = from.job[n].attempts;
        to.job[n].due = from.job[n].due; to.job[n].effect = from.job[n].effect; to.job[n].results = from.job[n].results;
        to.job[n].intent = from.job[n].intent; to.job[n].compensate = from.job[n].compensate; to.job[n].ticket = from.job[n].ticket;
        to.job[n].told = from.job[n].told; to.job[n].update = from.job[n].update;
        n++
    :: else -> break
    od;
    to.flagged = from.flagged; to.gone = from.gone; to.epoch = from.epoch; to.removal_job = from.removal_job; n = 0
}
Database nothing;
#if defined(WITHOUT_SYNCHRONOUS_STANDBY)
inline flushed() { skip }            /* only the environment copies, whenever it likes: see replicate */
inline about_to_claim() { skip }
#else
inline flushed() { if :: unflushed -> copy_database(disk, nothing); unflushed = 0 :: else fi }
inline about_to_claim() { if :: !unflushed && db_crashes < DB_CRASHES -> copy_database(disk, db); unflushed = 1 :: else fi }
#endif
#else
inline flushed() { skip }
inline about_to_claim() { skip }
#endif
