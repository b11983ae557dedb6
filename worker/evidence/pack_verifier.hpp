#pragma once
// Judges an evidence pack offline, by what docs/verify/FORMAT.md says: the same as docs/verify/verify.py, which an
// auditor can read, and fast.
#include "worker/evidence/mapped_file.hpp"
#include "worker/evidence/outside.hpp"
#include "worker/evidence/pack.hpp"
#include "worker/evidence/report.hpp"
#include "worker/evidence/stories.hpp"

#include <filesystem>
#include <optional>
#include <set>

namespace reclaim::worker::evidence {

class pack_verifier {
public:
    // Throws unreadable where there is nothing that could be judged. The report outlives it.
    pack_verifier(std::filesystem::path folder, std::vector<verifier_key> keys, std::vector<noted_checkpoint> outside,
                  report& to);

    void verify();
    std::uint64_t events() const { return tree_.size() - about_.first_leaf; }  // read

private:
    // A row of a table, with what stands before it: in a sample number and draw.
    struct drawn_removal {
        std::vector<std::string> first;
        const found_removal* removal;
    };

    void check_files();
    std::vector<std::string> changed_files() const;  // since they were exported
    void check_checkpoints();
    void read_events();
    void take_event(std::string_view line, std::string_view& disclosures);
    void compare_roots();
    void check_time(const flat_line& event, std::uint64_t place);
    void check_unsealed();
    void check_names();
    void check_stories();
    void check_population();
    // The same rows, without names and with them.
    void check_tables(std::string_view plain, std::string_view named, const std::vector<drawn_removal>& rows,
                      const std::vector<std::string>& first_columns);
    std::vector<drawn_removal> all() const;
    std::vector<drawn_removal> sample() const;
    bool has(std::string_view name) const;

    std::filesystem::path folder_;
    std::vector<verifier_key> keys_;
    outside_checkpoints outside_;
    std::vector<noted_checkpoint> inside_;
    report& to_;
    manifest about_;
    frontier tree_;
    std::optional<stories> told_;
    std::optional<mapped_file> events_, disclosures_;  // `told_` keeps views into them

    // While the events are read
    flat_line event_;  // one for all: it keeps its memory
    std::size_t next_inside_ = 0;
    std::uint64_t last_fit_ = 0, missing_ = 0;
    std::optional<std::pair<std::uint64_t, std::uint64_t>> broken_;  // last size that fitted, first that did not
    std::string earliest_, latest_;                                  // what events may say of when they were written
    std::uint64_t bound_end_ = 0;
    std::vector<const checkpoint*> bounds_;  // all that say when, by size
    std::size_t next_bound_ = 0;
    std::uint64_t aged_size_ = 0;  // so many were sealed long before the export ...
    std::int64_t aged_id_ = 0;     // ... and this is the greatest of their ids
    struct closed_event {
        std::int64_t job, event;
        std::string letters;  // of commitments that have no name
    };
    std::vector<closed_event> not_opened_;
};

}  // namespace reclaim::worker::evidence
