"""Memory under a crowd: slow clients in front of the receiver, many jobs held by one worker."""
import json
import pathlib
import resource
import signal
import subprocess
import sys
import time
import urllib.parse

from cells import load, load_command, judged, wait_finished
from measure import Stretch, Void, peak_rss_mb, scrape

SLOW = pathlib.Path(__file__).resolve().parent / "slow_clients.py"
CLIENTS = 10_000


def crowd(bench):
    """Ten thousand clients that never finish a request, one sender that was connected before they came, and one that comes after."""
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < CLIENTS + 200:
        raise Void(f"this shell may open too few files for {CLIENTS} clients; raise ulimit -Hn")
    seconds = 5 if bench.quick else 15
    with bench.contestant(bench.cluster, 0) as stand:
        url, secret = stand.start_receiver(stand.intakes[-1])
        log = stand.folder / "sent.ndjson"
        report = stand.folder / "load.json"
        with open(report, "w", encoding="utf-8") as out:
            sender = subprocess.Popen(load_command(url, secret, "--connections", 16, "--pause-ms", 10, "--seconds", 600, "--log", log),
                                      stdout=out)
        stand.callback(sender.kill)
        at = urllib.parse.urlsplit(url)
        slow = stand.program([sys.executable, SLOW, at.hostname, at.port, CLIENTS], "slow clients")
        slow.wait_line("all have tried", 60)
        with Stretch(bench.postmaster, {"receiver": [stand.receiver.pid], "slow": [slow.pid]}) as cost:
            newcomer = load(url, secret, "--connections", 16, "--pause-ms", 10, "--seconds", seconds, limit_s=seconds + 30,
                            fair={"202", "503", "0"})
        sender.send_signal(signal.SIGTERM)
        sender.wait(20)
        slow.terminate()
        crowd_saw = next((json.loads(line) for line in slow.lines if line.startswith("{")), None)
        if not crowd_saw:
            raise Void(f"the slow clients said nothing at their end:\n{slow.tail(5)}")
        seen = judged(report.read_text(encoding="utf-8"))
        stand.check_recorded(log)
        rss = peak_rss_mb(stand.receiver.pid)
        yield {
            "slow clients": CLIENTS, "most open at once": crowd_saw["open_max"], "connections opened": crowd_saw["opened"],
            "told 503": crowd_saw["503"], "told 408": crowd_saw["408"], "closed without a word": crowd_saw["silent"],
            "sender before: accepted/s": seen["accepted_per_second"], "sender before: p99 ms": seen["p99_ms"],
            "sender before: 503 %": seen["statuses"].get("503", 0) / seen["requests"] * 100,
            "newcomer: accepted %": newcomer["statuses"].get("202", 0) / newcomer["requests"] * 100, "newcomer: p99 ms": newcomer["p99_ms"],
            "receiver CPU %": cost.cpu["receiver"] / cost.seconds * 100, "receiver peak RSS MB": rss, "others' CPUs": cost.others,
        }


def in_flight(bench, count):
    """So many jobs at once in one worker, because the vendors take half a second for each answer."""
    total = count * (5 if bench.quick else 10) // 4
    with bench.contestant(bench.cluster, total) as stand:
        stand.enqueue(total)
        stand.delay(500)
        stand.settle()
        worker = stand.start_worker(count)
        with Stretch(bench.postmaster, {"worker": [worker.pid]}) as cost:
            most = _most_held(stand, worker, count)
            wait_finished(stand, total, 90)
        rss = peak_rss_mb(worker.pid)
        stand.stop_programs()
        stand.check_removed(total)
        yield {"in flight": count, "most held at once": most, "jobs": total, "worker peak RSS MB": rss,
               "worker CPU ms": cost.cpu["worker"] / total * 1e3, "others' CPUs": cost.others}


def _most_held(stand, worker, wanted, limit_s=20):
    """By the worker's own gauge; void when it never holds that many."""
    worker.wait_line("worker_started")
    url = f"http://127.0.0.1:{worker.logged('worker_started')[0]['ops_port']}"
    most, end = 0, time.monotonic() + limit_s
    while most < wanted and time.monotonic() < end:
        stand.alive()
        most = max(most, scrape(url)["reclaim_worker_jobs_in_flight"])
        time.sleep(0.02)
    if most < wanted * 0.95:
        raise Void(f"the worker held {most:.0f} jobs at most, not {wanted}")
    return most
