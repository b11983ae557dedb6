"""What happens at the vendors: the rules of the sandbox, and their blackouts."""


def rules():
    out = [{"on": "*", "kind": "latency", "ms": 30, "jitter_ms": 120}]  # slow enough that a blow always meets work in flight

    def add(on, kind, probability, **more):
        out.append({"on": on, "kind": kind, "probability": probability} | more)

    # Once each, by number: they stop everybody until an operator has looked.
    out.append({"on": "okta.get_app_user", "kind": "status", "status": 401, "nth": 1500})
    out.append({"on": "linear.issueCreate", "kind": "status", "status": 401, "nth": 1200})
    for vendor, share in (("okta", 1.0), ("linear", 1.0), ("requester", 1.0)):
        on = vendor + ".*"
        add(on, "rate_limit", 0.0006, seconds=1)
        add(on, "apply_then_reset", 0.06 * share)
        add(on, "reset_before", 0.015 * share)
        add(on, "status", 0.02 * share, status=503)
        add(on, "status", 0.01 * share, status=500)
        add(on, "html", 0.01 * share)
        add(on, "truncate", 0.01 * share)
        add(on, "slow_drip", 0.008 * share)
        add(on, "endless", 0.004 * share)
    # Beyond the call's deadline, some beyond the lease of whoever called.
    for ms in (1300, 4000, 8000):
        add("okta.delete_app_user", "delay_then_apply", 0.03, ms=ms)
    add("linear.issueCreate", "delay_then_apply", 0.03, ms=2500)
    add("requester.post", "delay_then_apply", 0.02, ms=1500)
    add("okta.get_app_user", "wrong_user_echo", 0.01)
    add("okta.delete_app_user", "status", 0.004, status=400, body='{"errorCode": "E0000001"}')  # refused for good, until an operator has it tried again
    add("requester.post", "gone", 0.01)
    return out


def blackout(vendor):
    return [{"on": vendor + ".*", "kind": "status", "status": 503}]


def black_out(vendor, begins_s, seconds, sandbox, fire, ledger, judge_now_us, seed):
    if not fire.rest(begins_s):
        return
    since = judge_now_us()
    sandbox.faults(*blackout(vendor), *rules(), seed=seed)
    fire.rest(seconds)
    sandbox.faults(*rules(), seed=seed + 1)
    ledger.fault("blackout", vendor, at_us=since, until_us=judge_now_us())
    # While the identity provider is out there is nothing to be done but to ask again.
    if vendor == "okta":
        ledger.fault("outage", vendor, at_us=since, until_us=judge_now_us())
