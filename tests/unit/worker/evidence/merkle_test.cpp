#include "worker/evidence/merkle.hpp"

#include "common/crypto/encoding.hpp"

#include <catch2/catch.hpp>

using namespace reclaim;
using namespace reclaim::worker::evidence;

namespace {

std::string hex(const digest& d)
{
    return crypto::to_hex(crypto::as_bytes(d));
}

// The definition of RFC 6962, section 2.1, word by word.
digest by_definition(const std::vector<std::string>& leaves, std::size_t first, std::size_t count)
{
    if (count == 1)
        return leaf_hash(leaves[first]);
    std::size_t k = 1;
    while (k * 2 < count)
        k *= 2;
    return node_hash(by_definition(leaves, first, k), by_definition(leaves, first + k, count - k));
}

}  // namespace

TEST_CASE("the tree is that of Certificate Transparency: its published test vectors")
{
    const std::vector<std::string> inputs{"",
                                          std::string(1, '\0'),
                                          "\x10",
                                          "\x20\x21",
                                          "\x30\x31",
                                          "\x40\x41\x42\x43",
                                          "\x50\x51\x52\x53\x54\x55\x56\x57",
                                          "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"};
    const std::vector<std::string> roots{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    frontier tree;
    CHECK(hex(tree.root()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (std::size_t n = 0; n < inputs.size(); ++n) {
        tree.append(leaf_hash(inputs[n]));
        CHECK(hex(tree.root()) == roots[n]);
    }
}

TEST_CASE("a frontier grows as the definition says, also after it was stored and restored at any size")
{
    std::vector<std::string> leaves;
    frontier tree;
    for (std::size_t n = 0; n < 130; ++n) {
        leaves.push_back("line " + std::to_string(n));
        const auto restored = frontier::restore(tree.size(), tree.bytes());
        REQUIRE(restored);
        tree = *restored;
        tree.append(leaf_hash(leaves.back()));
        CHECK(tree.size() == n + 1);
        CHECK(tree.root() == by_definition(leaves, 0, leaves.size()));
    }
    CHECK(!frontier::restore(130, tree.bytes() + "x"));
    CHECK(!frontier::restore(131, tree.bytes()));
}
