#pragma once
// Checkpoints that an auditor has from elsewhere than from the database: what convicts whoever cut the log, set it
// back, or had it sealed anew. They are compared first; who signed them matters where they do not fit.
#include "worker/evidence/checkpoint.hpp"
#include "worker/evidence/pack.hpp"
#include "worker/evidence/report.hpp"

#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

namespace reclaim::worker::evidence {

struct noted_checkpoint {
    checkpoint state;
    std::string note;
};
// Of a file as the sealer writes it, in the order of their sizes, whoever signed them. Throws unreadable.
std::vector<noted_checkpoint> read_checkpoints(const std::filesystem::path& file);

// Reports `finding` if one of the keys signed the checkpoint, else that none did. False: none did.
bool judge_outside(const noted_checkpoint& one, const std::vector<verifier_key>& keys, report& to,
                   const std::string& finding);

class outside_checkpoints {
public:
    // Keys and report outlive it.
    outside_checkpoints(std::vector<noted_checkpoint> all, const std::vector<verifier_key>& keys, report& to)
        : all_(std::move(all)),
          keys_(keys),
          to_(to)
    {}

    // At every size that the tree passes. True when one fits; `last_fit` is the size at which anything did before.
    bool compare(std::uint64_t size, const frontier& tree, std::uint64_t last_fit);
    // At the end.
    void judge(const manifest& pack);
    const std::vector<noted_checkpoint>& all() const { return all_; }

private:
    void look_for_cut(const manifest& pack);

    std::vector<noted_checkpoint> all_;
    const std::vector<verifier_key>& keys_;
    report& to_;
    std::size_t next_ = 0;
    std::int64_t fitting_ = 0;
    const noted_checkpoint* newest_fit_ = nullptr;
    std::optional<std::pair<const noted_checkpoint*, std::uint64_t>>
        misfit_;  // the first, and the last size that fitted
};

}  // namespace reclaim::worker::evidence
