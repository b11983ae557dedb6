#include "worker/evidence/proof.hpp"

#include <catch2/catch.hpp>

#include <numeric>

using namespace reclaim::worker::evidence;

namespace {

digest nth_leaf(std::uint64_t n)
{
    return leaf_hash("event " + std::to_string(n));
}

frontier tree_of(std::uint64_t size)
{
    frontier out;
    for (std::uint64_t n = 0; n < size; ++n)
        out.append(nth_leaf(n));
    return out;
}

}  // namespace

TEST_CASE("the proof of every leaf leads to the root, from whatever state the tree was grown on")
{
    for (std::uint64_t size = 1; size <= 40; ++size) {
        for (std::uint64_t start = 0; start < size; ++start) {
            std::vector<std::uint64_t> places(size - start);
            std::iota(places.begin(), places.end(), start);
            proving_tree tree(tree_of(start), places);
            for (const auto n : places)
                tree.append(nth_leaf(n));
            std::vector<inclusion> proofs;
            const auto root = tree.finish(proofs);
            REQUIRE(root == tree_of(size).root());
            REQUIRE(proofs.size() == places.size());
            for (const auto& one : proofs)
                REQUIRE(root_by_proof(nth_leaf(one.place), one, size) == root);
        }
    }
}

TEST_CASE("a proof is good for its leaf, place and size alone")
{
    constexpr std::uint64_t size = 21;
    std::vector<std::uint64_t> places(size);
    std::iota(places.begin(), places.end(), 0);
    proving_tree tree(frontier(), places);
    for (const auto n : places)
        tree.append(nth_leaf(n));
    std::vector<inclusion> proofs;
    const auto root = tree.finish(proofs);
    for (const auto& one : proofs) {
        CHECK(root_by_proof(nth_leaf(one.place + 1), one, size) != root);
        for (std::uint64_t other = 0; other <= size; ++other)
            if (other != one.place)
                CHECK(root_by_proof(nth_leaf(one.place), {other, one.path}, size) != root);
        auto shorter = one;
        shorter.path.pop_back();
        CHECK_FALSE(root_by_proof(nth_leaf(one.place), shorter, size) == root);
        auto longer = one;
        longer.path.push_back(root);
        CHECK_FALSE(root_by_proof(nth_leaf(one.place), longer, size).has_value());
        CHECK_FALSE(root_by_proof(nth_leaf(one.place), one, one.place).has_value());
    }
}
