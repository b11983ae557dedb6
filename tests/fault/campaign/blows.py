"""What happens to processes: programs are killed, stopped past their leases, restarted in turn; PostgreSQL ends in three ways."""
import contextlib
import os
import signal

from database import Database, SqlError
from harness import wait_until
from judge import now_us

from . import sizes


def dealt(dice, **cards):
    """Names, each as often as it has cards, in another order each time round: unlike dice, no kind stays away by chance."""
    deck = [name for name, count in cards.items() for _ in range(count)]
    while True:
        yield from dice.sample(deck, len(deck))


def strike_worker(member, fire, ledger, dice, gap_s):
    """Kills above all; now and then a sleep past the lease, or an orderly restart."""
    ways = dealt(dice, kill=13, freeze=6, terminate=1)
    while fire.rest(dice.expovariate(1 / gap_s)):
        member.must_live()
        how = next(ways)
        if how == "freeze":
            freeze(member, fire, ledger, dice)
            continue
        ledger.fault(f"{how}_worker", member.name)
        if how == "kill":
            member.program.kill9()
        else:
            member.must_end()
        member.start()


def freeze(member, fire, ledger, dice):
    """Stopped with its calls out, it wakes believing that its jobs are its own."""
    since = now_us()
    member.program.freeze()
    fire.rest(dice.uniform(1.5, 3) * sizes.LEASE_S)
    member.program.thaw()
    ledger.fault("freeze_worker", member.name, at_us=since, until_us=now_us())


def strike_sleeper(member, fire, ledger, dice):
    while fire.rest(dice.expovariate(1 / 4) + 1):
        member.must_live()
        freeze(member, fire, ledger, dice)


def strike_receiver(member, fire, ledger, dice, gap_s):
    ways = dealt(dice, kill=5, terminate=1, clock=1)
    while fire.rest(dice.expovariate(1 / gap_s)):
        member.must_live()
        how = next(ways)
        since = now_us()
        if how == "clock":
            jump_clock(member, fire, ledger)
            continue
        if how == "kill":
            member.program.kill9()
        else:
            member.must_end()
        member.start()
        ledger.fault(f"{how}_receiver", member.name, at_us=since, until_us=now_us())


def jump_clock(member, fire, ledger):
    """Too far to be believed, not far enough for honest signatures to look stale: it must say 503 and nothing else."""
    if not member.clock_s(member.lives):
        return
    since = now_us()
    member.turn_clock(90)
    fire.rest(4)
    member.turn_clock(member.clock_s(member.lives))
    ledger.fault("clock_jump", member.name, at_us=since, until_us=now_us())


def strike_sealers(sealers, fire, ledger, dice, gap_s=5):
    """One of two: whichever it is, the other takes over or goes on."""
    while fire.rest(dice.expovariate(1 / gap_s)):
        sealer = dice.choice(sealers)
        sealer.must_live()
        ledger.fault("kill_sealer", sealer.folder.name)
        sealer.program.kill9()
        sealer.start()


def strike_postgres(cluster, url, fire, ledger, dice, gap_s):
    """Of every eleven ends eight are immediate stops, one is a loss of power, two are the death of one backend, which takes all along."""
    ways = []
    while fire.rest(gap_s * dice.uniform(0.7, 1.3)):
        way = (ways := ways or _next_ways(dice)).pop()
        since = now_us()
        if way == "backend_kill9":
            kill_backend(url, dice)
        elif way == "postgres_kill9":
            cluster.kill9()
        else:
            cluster.crash()
        cluster.start()
        wait_until(lambda: answers(url), "PostgreSQL answers again", 60)
        ledger.fault(way, "postgres", at_us=since)
        ledger.fault("outage", "postgres", at_us=since, until_us=now_us())


def _next_ways(dice):
    """The first three, at the end, are of three kinds: a short run sees each."""
    first, rest = ["backend_kill9", "postgres_kill9", "postgres_crash"], ["backend_kill9", "postgres_kill9"] + ["postgres_crash"] * 6
    dice.shuffle(first)
    dice.shuffle(rest)
    return rest + first


def kill_backend(url, dice):
    database = Database(url)
    with contextlib.suppress(SqlError):
        backends = database.rows("select pid from pg_stat_activity where usename in ('reclaim_worker', 'reclaim_receiver') order by pid")
        os.kill(dice.choice(backends)["pid"], signal.SIGKILL)
    database.close()


def answers(url):
    database = Database(url)
    try:
        return database.value("select 1") == 1
    except SqlError:
        return False
    finally:
        database.close()
