#pragma once
// The Merkle tree of RFC 6962 (Certificate Transparency) over the lines of the log. Only its frontier is kept: the
// roots of the perfect subtrees that the leaves so far make, which is all that appending and the root need.
#include "common/crypto/digest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::worker::evidence {

using crypto::digest;

digest leaf_hash(std::string_view line);  // SHA-256(0x00 || line)
digest node_hash(const digest& left, const digest& right);

class frontier {
public:
    frontier() = default;
    // Of a tree of that size, from bytes(); nothing when there are not as many hashes as the size has bits set.
    static std::optional<frontier> restore(std::uint64_t size, std::string_view bytes);

    void append(const digest& leaf);
    std::uint64_t size() const { return size_; }
    digest root() const;  // of an empty tree SHA-256("")
    std::string bytes() const;

private:
    std::uint64_t size_ = 0;
    std::vector<digest> peaks_;  // largest first
};

}  // namespace reclaim::worker::evidence
