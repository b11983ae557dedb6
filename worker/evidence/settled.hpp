#pragma once
// Which ids need no second look. Ids of events are drawn before their events commit, and commit in any order, so a
// greatest id seen is no promise about smaller ones; but when every transaction that ran at the moment an id was the
// last one drawn has ended, nothing up to that id can appear any more. Pure; the sealer feeds it what look_at_log says.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace reclaim::worker::evidence {

class settled {
public:
    explicit settled(std::int64_t floor) : floor_(floor), recent_(floor) {}

    std::int64_t floor() const { return floor_; }

    // Where the next pass reads from. A transaction that stays open for hours holds the floor back; most passes then
    // read only what is recent, and every sweep_every-th all of it.
    std::int64_t next_start()
    {
        ++passes_;
        start_ = recent_ - floor_ <= wide || passes_ % sweep_every == 0 ? floor_ : recent_;
        return start_;
    }

    // The pass is over, and all it found is sealed. `latest` and `running` were seen before it read; it read everything
    // when `complete`.
    void passed(std::int64_t latest, const std::vector<std::string>& running, bool complete)
    {
        if (!complete)
            return;
        recent_ = std::max(floor_, before_);
        before_ = latest;
        const bool others_ended = std::none_of(watched_.begin(), watched_.end(), [&](const auto& one) {
            return std::find(running.begin(), running.end(), one) != running.end();
        });
        if (start_ != floor_ || !others_ended)
            return;
        floor_ = std::max(floor_, watched_id_);
        recent_ = std::max(recent_, floor_);
        watched_id_ = latest;
        watched_ = running;
    }

private:
    static constexpr std::int64_t wide = 100'000;
    static constexpr std::uint64_t sweep_every = 30;

    std::int64_t floor_;
    std::int64_t recent_;      // the id that was last two passes ago
    std::int64_t before_ = 0;  // the id that was last one pass ago
    std::int64_t start_ = 0;
    std::uint64_t passes_ = 0;
    std::int64_t watched_id_ = 0;       // was the last id drawn ...
    std::vector<std::string> watched_;  // ... while these ran
};

}  // namespace reclaim::worker::evidence
