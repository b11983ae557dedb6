#pragma once
// Inclusion proofs of RFC 6962: the hashes beside the way from a leaf up to the root.
#include "worker/evidence/merkle.hpp"

namespace reclaim::worker::evidence {

struct inclusion {
    std::uint64_t place = 0;
    std::vector<digest> path;  // from the leaf upwards
};

// Builds a tree on, and the proofs of some of its leaves with it.
class proving_tree {
public:
    // `places` are not below start.size().
    proving_tree(frontier start, const std::vector<std::uint64_t>& places);

    void append(const digest& leaf);
    std::uint64_t size() const { return tree_.size(); }
    // Once, at the end: the root, and proofs that lead to it.
    digest finish(std::vector<inclusion>& proofs);

private:
    void tell(const frontier::join& of);

    frontier tree_;
    std::vector<inclusion> proofs_;
};

// The root that a proof leads to (RFC 9162, 2.1.3.2); nothing when it is no proof for that place in a tree of that
// size.
std::optional<digest> root_by_proof(const digest& leaf, const inclusion& proof, std::uint64_t size);

}  // namespace reclaim::worker::evidence
