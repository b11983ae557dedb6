#pragma once
// The copy of the checkpoints outside the database: what convicts whoever shortens or rewrites the log. Notes one after
// the other, each followed by an empty line; opened anew for each append, so that it may be rotated or shipped away
// meanwhile.
#include "worker/evidence/checkpoint.hpp"

#include <vector>

namespace reclaim::worker::evidence {

// The notes of such a text, in order; what follows the last whole one is left out.
std::vector<std::string> split_notes(std::string_view text);

class checkpoint_file {
public:
    explicit checkpoint_file(std::string path) : path_(std::move(path)) {}

    // The last one in the file; nothing when there is no file yet or none in it. What a crash left half written behind
    // it is cut off. Throws setup_error when the file cannot be read, or its last note is not signed by one of these
    // keys.
    std::optional<checkpoint> mend_and_read_last(const std::vector<verifier_key>& by_one_of) const;
    // On disk when it returns. Throws std::system_error.
    void append(std::string_view note) const;

private:
    std::string path_;
};

}  // namespace reclaim::worker::evidence
