#pragma once
// The shape of an evidence pack: the names of its files, and its manifest. docs/verify/FORMAT.md describes both for
// whoever reads them without this program.
#include "worker/evidence/hashed_file.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace reclaim::worker::evidence {

namespace pack_file {
constexpr std::string_view manifest = "manifest.json", events = "events.ndjson", unsealed = "unsealed.ndjson",
                           checkpoints = "checkpoints.txt", removals = "removals.csv", sample = "sample.csv",
                           readme = "README.txt", names_folder = "names", disclosures = "names/disclosures.ndjson",
                           named_removals = "names/removals.csv", named_sample = "names/sample.csv";
}

constexpr std::string_view pack_format = "reclaim evidence pack 1";
constexpr std::string_view population_query =
    "select count(*) from reclaim.sealed_removal where removed_at >= $1 and removed_at < $2";

struct manifest {
    std::string exported_at;  // before anything was read, by the clock of the machine that exported
    std::string exported_by;  // its login
    std::string from, to;     // the population: removals with from <= removed_at < to
    std::int64_t population = 0;
    std::int64_t sample_size = 0;  // 0: none was drawn
    std::string sample_seed;
    std::uint64_t first_leaf = 0;  // the pack holds the leaves from here on up to tree_size
    std::string frontier;          // of the tree of first_leaf leaves, see frontier::restore
    std::uint64_t tree_size = 0;
    std::int64_t settled_id = 0;  // no event up to this id may be unsealed
    std::vector<file_facts> files;

    std::string text() const;
    // Throws unreadable, which says what is wrong with it.
    static manifest parse(std::string_view text);
};

// What the README of a pack says to its reader.
std::string readme_text(const manifest& of);

}  // namespace reclaim::worker::evidence
