#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"

#include <catch2/catch.hpp>
#include <openssl/err.h>
#include <set>

using namespace reclaim;
using crypto::from_base64;
using crypto::from_hex;

namespace {

std::string hex(const crypto::digest& d)
{
    return crypto::to_hex(crypto::as_bytes(d));
}

std::string mac(const std::string& key, std::initializer_list<std::string_view> parts)
{
    return hex(crypto::hmac_sha256(secret(key)).sign(parts));
}

}  // namespace

TEST_CASE("SHA-256 of parts is that of the whole")
{
    crypto::sha256_stream stream;
    for (const auto* part : {"a", "", "bc"})
        stream.add(part);
    CHECK(stream.finish() == crypto::sha256("abc"));
    CHECK(crypto::sha256_stream().finish() == crypto::sha256(""));
}

TEST_CASE("SHA-256 agrees with FIPS 180-4's examples")
{
    CHECK(hex(crypto::sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(hex(crypto::sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hex(crypto::sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(hex(crypto::sha256(std::string(1'000'000, 'a'))) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("HMAC-SHA256 agrees with RFC 4231")
{
    CHECK(mac(std::string(20, '\x0b'), {"Hi There"}) ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(mac("Jefe", {"what do ya want for nothing?"}) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(mac(std::string(20, '\xaa'), {std::string(50, '\xdd')}) ==
          "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    CHECK(mac(*from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), {std::string(50, '\xcd')}) ==
          "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
    CHECK(mac(std::string(131, '\xaa'), {"Test Using Larger Than Block-Size Key - Hash Key First"}) ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    CHECK(
        mac(std::string(131, '\xaa'),
            {"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
             "hashed before being used by the HMAC algorithm."}) ==
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST_CASE("one key signs many messages, in parts or whole, also after it moved")
{
    crypto::hmac_sha256 first{secret("Jefe")};
    const auto whole = first.sign({"what do ya want for nothing?"});
    CHECK(first.sign({"what do ya ", "", "want for nothing?"}) == whole);
    CHECK(first.sign({"something else"}) != whole);
    const crypto::hmac_sha256 second = std::move(first);
    CHECK(second.sign({"what do ya want for nothing?"}) == whole);
    CHECK(hex(second.sign({})) == mac("Jefe", {""}));
}

TEST_CASE("Standard Webhooks signatures come out as published")
{
    const auto sign = [](std::string_view key, std::string_view id, std::string_view at, std::string_view body) {
        const crypto::hmac_sha256 signer{secret(*from_base64(key))};
        return crypto::to_base64(crypto::as_bytes(signer.sign({id, ".", at, ".", body})));
    };
    CHECK(sign("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
               R"({"test": 2432232314})") == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    const std::string_view b = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    CHECK(sign(b, "msg_utf8", "1700000000", "{\"name\":\"Zoë – 🔒\"}") ==
          "/zOVnbymC/1wQ39AFRCU6NCC7mEK+dShkvNnUdBr0Ys=");
    CHECK(sign(b, "msg_empty", "1700000000", "") == "yredJpxuSO+Nbs3mRe+H7WF2AiIQovC4+sTzycX9L54=");
    CHECK(sign(b, "msg_nl", "1700000000", "{\n  \"a\": 1\n}\n") == "wQZ22qz6iUIcZQFgsQlhGGjh844SD+rs/nMcg1P00vQ=");
}

TEST_CASE("Ed25519 agrees with RFC 8032 and with Standard Webhooks")
{
    CHECK(crypto::ed25519_verify(*from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"), "\x72",
                                 *from_hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                           "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")));
    CHECK(crypto::ed25519_verify(
        *from_base64("A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="),
        "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W.1674087231."
        R"({"type":"seat.deprovision.approved","data":{"approvalId":"apr_0001"}})",
        *from_base64("HcyWw1DHs59uMZG9fldIkpjtxriUCdBOI02WmAgbGGKsFgyulrX9nAL9E9SG7BxlZtzZyv6azz3tXoMaDnYNDw==")));
}

TEST_CASE("Ed25519 signs as RFC 8032 does, by a seed of 32 bytes and no other")
{
    const secret seed(*from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
    CHECK(crypto::ed25519_public_key(seed) ==
          *from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
    CHECK(crypto::ed25519_sign(seed, "\x72") ==
          *from_hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"));
    CHECK_THROWS(crypto::ed25519_sign(secret("short"), "x"));
}

TEST_CASE("Ed25519 refuses a changed message, signature or key and leaves no error behind")
{
    const std::string key = *from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    const std::string good = *from_hex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                                       "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
    REQUIRE(crypto::ed25519_verify(key, "", good));
    CHECK_FALSE(crypto::ed25519_verify(key, "x", good));
    for (std::size_t at : {0u, 31u, 32u, 63u}) {
        std::string changed = good;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        CHECK_FALSE(crypto::ed25519_verify(key, "", changed));
    }
    CHECK_FALSE(crypto::ed25519_verify(std::string(32, '\xff'), "", good));
    CHECK_FALSE(crypto::ed25519_verify(key, "", std::string(64, '\0')));
    CHECK_FALSE(crypto::ed25519_verify(key.substr(1), "", good));
    CHECK_FALSE(crypto::ed25519_verify(key, "", good + "x"));
    CHECK_FALSE(crypto::ed25519_verify("", "", ""));
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("a comparison tells equal from unequal, and lengths apart")
{
    CHECK(crypto::equal_in_constant_time("", ""));
    CHECK(crypto::equal_in_constant_time("abc", "abc"));
    CHECK_FALSE(crypto::equal_in_constant_time("abc", "abd"));
    CHECK_FALSE(crypto::equal_in_constant_time("abc", "ab"));
    CHECK_FALSE(crypto::equal_in_constant_time("", "a"));
}

TEST_CASE("random identifiers have the form of version 4 and do not repeat")
{
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string id = crypto::uuid_v4();
        REQUIRE_THAT(id, Catch::Matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
        REQUIRE(seen.insert(id).second);
    }
    CHECK(crypto::random_bytes(0).empty());
    CHECK(crypto::random_bytes(33).size() == 33);
    CHECK(crypto::random_bytes(16) != crypto::random_bytes(16));
}
