#include "worker/credential_config.hpp"

#include "tests/support/rfc7515_key.hpp"
#include "tests/unit/common/config/support.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

namespace reclaim::worker {
namespace {

using credentials::grant_settings;

struct outcome {
    credential_config read;
    std::string problems;
};

outcome read(const std::string& lines)
{
    setenv("RECLAIM_TEST_SECRET", "hunter2", 1);
    setenv("RECLAIM_TEST_KEY", testing::rfc7515_key, 1);
    auto file = config::file::parse("[c]\n" + lines);
    auto section = file.root().sub("c");
    outcome out{read_credential(section), ""};
    out.problems = testing::problems_of(file);
    return out;
}

outcome read_oauth(const std::string& lines)
{
    return read("auth = \"oauth\"\n[c.oauth]\ntoken_url = \"https://login.test/t/token\"\n" + lines);
}

const grant_settings& grant_of(const outcome& from)
{
    CHECK(from.problems == "");
    return std::get<grant_settings>(from.read);
}

}  // namespace

TEST_CASE("a secret is posted unless the configuration says otherwise")
{
    const auto got = read_oauth("client_id = \"c1\"\nclient_secret_env = \"RECLAIM_TEST_SECRET\"\nscope = \"s\"\n");
    const auto& grant = grant_of(got);
    CHECK(grant.to.host == "login.test");
    CHECK(grant.to.base_path == "");
    CHECK(grant.target == "/t/token");
    CHECK(grant.by == grant_settings::way::client_credentials);
    CHECK(grant.proven_by == grant_settings::proof::secret_post);
    CHECK(grant.client_secret.reveal() == "hunter2");
    CHECK(grant.lifetime == std::chrono::minutes(10));
}

TEST_CASE("a private key alone means that it signs, for the token endpoint itself")
{
    const auto got = read_oauth("client_id = \"c1\"\nprivate_key_env = \"RECLAIM_TEST_KEY\"\nkey_id = \"k\"\n");
    const auto& grant = grant_of(got);
    CHECK(grant.proven_by == grant_settings::proof::assertion);
    REQUIRE(grant.assertion);
    CHECK(grant.assertion->audience == "https://login.test/t/token");
    CHECK(grant.assertion->algorithm == crypto::jwt_algorithm::rs256);
    CHECK(grant.assertion->key_id == "k");
}

TEST_CASE("what is wrong with an OAuth client is told by key, with the fix and without the secret")
{
    const std::string client = "client_id = \"c1\"\n",
                      with_secret = client + "client_secret_env = \"RECLAIM_TEST_SECRET\"\n";
    const std::pair<std::string, std::string> wrong[] = {
        {"", "c.oauth.client_id: missing"},
        {client, "c.oauth.client_secret_file: missing"},
        {client + "client_secret = \"hunter2\"\n", "c.oauth.client_secret: a secret does not belong in this file"},
        {client + "private_key_env = \"RECLAIM_TEST_SECRET\"\n", "c.oauth.private_key_env: is no private key in PEM"},
        {client + "client_auth = \"private_key_jwt\"\n", "c.oauth.private_key_file: missing"},
        {client + "grant = \"jwt_bearer\"\n", "c.oauth.private_key_file: missing"},
        {client + "private_key_env = \"RECLAIM_TEST_KEY\"\ncertificate_file = \"/nowhere\"\n",
         "c.oauth.certificate_file: cannot be read"},
        {client + "private_key_env = \"RECLAIM_TEST_KEY\"\nalgorithm = \"none\"\n", "c.oauth.algorithm: must be"},
        {with_secret + "client_auth = \"mtls\"\n", "c.oauth.client_auth: must be"},
        {with_secret + "grant = \"password\"\n", "c.oauth.grant: must be"},
        {with_secret + "grant = \"account_credentials\"\n", "c.oauth.fields: needs the account"},
        {with_secret + "key_id = \"k\"\n", "c.oauth.key_id: unknown key"},
        {with_secret + "subject = \"a@b\"\n", "c.oauth.subject: unknown key"},
        {"grant = \"jwt_bearer\"\nservice_account_env = \"RECLAIM_TEST_SECRET\"\n",
         "is not the JSON key of a service account"},
        {"service_account_env = \"RECLAIM_TEST_SECRET\"\n", "goes with grant = \"jwt_bearer\""},
    };
    for (const auto& [lines, what] : wrong) {
        const auto told = read_oauth(lines).problems;
        INFO(lines);
        CHECK_THAT(told, Catch::Contains(what));
        CHECK_THAT(told, !Catch::Contains("hunter2"));
    }
}

TEST_CASE("a section of the other kind of credential is not silently passed over")
{
    CHECK_THAT(read("auth = \"oauth\"\n").problems, Catch::Contains("c.oauth: missing; add [connectors.NAME.oauth]"));
    CHECK_THAT(read("token_env = \"RECLAIM_TEST_SECRET\"\n[c.oauth]\nclient_id = \"c1\"\n").problems,
               Catch::Contains("means nothing without auth = \"oauth\""));
    CHECK_THAT(read("auth = \"oauth\"\ntoken_env = \"RECLAIM_TEST_SECRET\"\n").problems,
               Catch::Contains("c.token_env: unknown key"));
}

}  // namespace reclaim::worker
