#!/usr/bin/env python3
"""One approval goes through the programs and comes out removed and told: what a mutation must leave working to be worth a campaign."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test, wait_until
from world import World


@test
def an_approval_is_removed_and_told():
    with World() as world:
        world.start_receiver()
        world.start_worker()
        job = world.approve("figma", "ada")
        world.wait_event(job, "requester_confirmed", 30)
        wait_until(lambda: len(world.told(job)) == 1, "the requester has heard")
        expect("outcome", world.told(job)[0]["data"]["outcome"], "removed")
        expect("the vendor took the seat", world.sandbox.holds("figma", "ada"), False)


main()
