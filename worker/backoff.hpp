#pragma once
// How long to wait before a try: a random time whose upper bound triples with each try, so that jobs that failed
// together do not come back together. Pure: the dice are an argument.
#include <algorithm>
#include <chrono>
#include <random>

namespace reclaim::worker {

struct retry_policy {
    int attempts_max = 8;
    std::chrono::milliseconds base{1000};
    std::chrono::milliseconds cap{600000};
};

template <class Dice>
std::chrono::milliseconds backoff(const retry_policy& policy, int tries_so_far, Dice& dice)
{
    auto high = policy.base;
    for (int i = 0; i < tries_so_far && high < policy.cap; ++i)
        high *= 3;
    std::uniform_int_distribution<std::chrono::milliseconds::rep> between(
        policy.base.count(), std::max(policy.base, std::min(high, policy.cap)).count());
    return std::chrono::milliseconds(between(dice));
}

}  // namespace reclaim::worker
