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

    void append(const digest& leaf)
    {
        append(leaf, [](const join&) {});
    }
    std::uint64_t size() const { return size_; }
    digest root() const  // of an empty tree SHA-256("")
    {
        return root([](const join&) {});
    }

    // Two subtrees over neighbouring leaves become one: what an inclusion proof is made of.
    struct join {
        std::uint64_t begin, middle, end;  // left: begin .. middle - 1, right: middle .. end - 1
        const digest &left, &right;
    };
    // The same, telling each join.
    template <class Told>
    void append(const digest& leaf, Told&& told)
    {
        digest merged = leaf;
        std::uint64_t begin = size_, width = 1;
        // As in adding one to a binary number: every carry joins two subtrees of the same height.
        for (; size_ & width; width *= 2) {
            told(join{begin - width, begin, size_ + 1, peaks_.back(), merged});
            merged = node_hash(peaks_.back(), merged);
            begin -= width;
            peaks_.pop_back();
        }
        peaks_.push_back(merged);
        ++size_;
    }
    template <class Told>
    digest root(Told&& told) const
    {
        if (peaks_.empty())
            return crypto::sha256("");
        digest out = peaks_.back();
        // The smallest perfect subtree is the rightmost; the set bits of the size are their widths.
        std::uint64_t middle = size_ & (size_ - 1);
        for (auto left = peaks_.rbegin() + 1; left != peaks_.rend(); ++left) {
            const std::uint64_t begin = middle & (middle - 1);
            told(join{begin, middle, size_, *left, out});
            out = node_hash(*left, out);
            middle = begin;
        }
        return out;
    }
    std::string bytes() const;

private:
    std::uint64_t size_ = 0;
    std::vector<digest> peaks_;  // largest first
};

}  // namespace reclaim::worker::evidence
