"""One run: a campaign, its verdict, and what is kept and told of it."""
import pathlib
import time

from harness import REPO
from world import World

from . import sizes
from .campaign import Campaign, Finding


def run(name, seed, scale=1.0, stop_early=False, keep=None):
    """Prints as it goes. Returns what --json writes; "verdict" is green, violated, void or failed."""
    size = sizes.SIZES[name].scaled(scale)
    keep = pathlib.Path(keep or REPO / "build" / "campaign" / str(seed))
    print(f"campaign {name}{f' x {scale:g}' if scale != 1 else ''}: {size.approvals} approvals, {size.fire_s:g} s of faults, seed {seed}", flush=True)
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    findings, verdict = [], "failed"
    with World(own_cluster=True, worker=sizes.WORKER) as world:
        campaign = Campaign(world, size, seed, stop_early)
        try:
            try:
                campaign.run()
            except (Finding, AssertionError) as why:
                findings.append(str(why))
                campaign.stand_down()
            if campaign.judge:
                findings += judged(campaign, findings)
                verdict = ("failed" if findings else "green" if not campaign.judge.violated() else
                           "void" if campaign.judge.is_void() else "violated")
        finally:
            if campaign.judge and (findings or verdict != "green"):
                campaign.keep(keep)
                print(f"evidence: {keep}", flush=True)
    for finding in findings:
        print("finding:", finding, flush=True)
    found = campaign.judge.found or {} if campaign.judge else {}
    out = {"size": name, "scale": scale, "seed": seed, "started_at": started, "verdict": verdict, "findings": findings,
           "seconds": campaign.seconds} | found
    tell(out)
    return out


def judged(campaign, findings):
    """Runs the checker; more findings."""
    if campaign.stop_early and findings:
        return []
    unexplained = campaign.collect()
    campaign.phase("check", lambda: campaign.judge.verdict(sizes.minimum(campaign.size), **sizes.SETTINGS))
    return [f"{len(unexplained)} log lines that no fault explains, such as {unexplained[:3]}"] if unexplained else []


def tell(out):
    if "faults" in out:
        counts = ", ".join(f"{kind} {n}" for kind, n in out["faults"].items())
        print(f"faults: {sum(out['faults'].values())} of {len(out['faults'])} kinds: {counts}")
        print(f"jobs: {out['jobs']}, ended as {out['endings']}; {out['vendor_calls']} vendor calls, {out['requests']} requests; "
              f"{out['leases_lost']} leases lost, {out['refused_writes']} writes refused, {out['late_calls']} late calls without effect")
    print(f"verdict: {out['verdict'].upper()}, seconds {out['seconds']}", flush=True)
