#pragma once
// Writes an evidence pack, file by file, as its parts are read from the log; holds none of them in memory. The manifest
// comes last, so that a pack whose export was interrupted has none and is told from a whole one.
#include "worker/evidence/disclosure.hpp"
#include "worker/evidence/pack.hpp"
#include "worker/evidence/removal_table.hpp"

#include <optional>

namespace reclaim::worker::evidence {

class pack_writer {
public:
    // Makes the folder, which must not exist or be empty; throws setup_error otherwise.
    explicit pack_writer(const std::filesystem::path& folder);

    void checkpoint(std::string_view note);
    // In the order of the tree. An event that has a place but is not in the database any more is an empty line.
    void event(std::string_view line);
    void opened(const disclosure& what);
    void unsealed(std::string_view line);
    void removal(const removal_row& row);                         // in the order of the tree
    void sampled(const removal_row& row, std::string_view seed);  // in the order drawn
    void finish(manifest of);

private:
    struct table {
        table(const std::filesystem::path& folder, std::string_view plain, std::string_view named,
              const std::vector<std::string>& first);
        void write(const removal_row& row, const std::vector<std::string>& first = {});

        hashed_file without_names, with_names;
    };

    std::filesystem::path folder_;
    hashed_file events_, unsealed_, disclosures_, checkpoints_;
    table removals_;
    std::optional<table> sample_;
    int drawn_ = 0;
};

}  // namespace reclaim::worker::evidence
