#pragma once
// One removal proven by one file: the events of its job, each with an inclusion proof into one signed tree, and the
// names.
#include "worker/evidence/pack_verifier.hpp"
#include "worker/evidence/proof.hpp"

namespace reclaim::worker::evidence {

struct receipt {
    struct event {
        std::string line;
        inclusion proof;
    };

    std::int64_t job = 0;
    std::string exported_at;
    std::string checkpoint;  // the note
    std::vector<event> events;
    std::vector<std::string> disclosures;  // lines, in the order of the events
    std::vector<std::string> unsealed;     // lines of later events that have no place yet

    std::string text() const;
    // Throws unreadable, which says what is wrong with it.
    static receipt parse(std::string_view text);
};

// Throws unreadable.
void verify_receipt(const receipt& what, const std::vector<verifier_key>& keys,
                    const std::vector<noted_checkpoint>& outside, report& to);

}  // namespace reclaim::worker::evidence
