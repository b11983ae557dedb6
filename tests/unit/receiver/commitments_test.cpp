#include "receiver/commitments.hpp"

#include "common/crypto/digest.hpp"

#include <catch2/catch.hpp>

using namespace reclaim;
using namespace reclaim::receiver;

TEST_CASE("each field and the body are committed to under a salt of their own")
{
    const personal_fields fields{{'s', "ada@example.com"}, {'u', "00u1ada"}};
    const auto made = commit_to(fields, "{}");
    REQUIRE(made.salts.size() == 3 * 17);
    REQUIRE(made.commitments.size() == 3 * 33);
    const std::string letters = "sub";
    const std::string values[] = {"ada@example.com", "00u1ada", "{}"};
    for (std::size_t n = 0; n < 3; ++n) {
        CHECK(made.salts[n * 17] == letters[n]);
        CHECK(made.commitments[n * 33] == letters[n]);
        const auto opened = crypto::sha256(made.salts.substr(n * 17 + 1, 16) + values[n]);
        CHECK(made.commitments.substr(n * 33 + 1, 32) == crypto::as_bytes(opened));
    }
    CHECK(made.salts.substr(1, 16) != made.salts.substr(18, 16));
    CHECK(commit_to(fields, "{}").commitments != made.commitments);
}

TEST_CASE("what names nobody commits to nothing")
{
    CHECK(commit_to({}, "{}").salts.empty());
    CHECK(commit_to({}, "{}").commitments.empty());
}
