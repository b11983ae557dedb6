#include "receiver/config.hpp"

#include "tests/support/signed_request.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace reclaim;
using namespace reclaim::receiver;
using namespace std::chrono_literals;

namespace {

// A folder with the files of one configuration.
class config_folder {
public:
    config_folder() : path_(std::filesystem::temp_directory_path() / ("reclaim-config-" + std::to_string(::getpid())))
    {
        std::filesystem::create_directories(path_);
        write("secret_b", std::string(testing::secret_b) + "\n");
        write("secret_c", std::string(testing::secret_c));
        write("token", "a-token-of-enough-bytes\n");
    }
    ~config_folder() { std::filesystem::remove_all(path_); }

    void write(const std::string& name, const std::string& text) const
    {
        std::ofstream(path_ / name) << text;
        std::filesystem::permissions(path_ / name,
                                     std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }

    std::string beside(const std::string& name) const { return (path_ / name).string(); }

    receiver_config read(const std::string& text) const
    {
        write("reclaim.toml", text);
        auto file = config::file::load((path_ / "reclaim.toml").string());
        return read_config(file);
    }

    std::string problems(const std::string& text) const
    {
        try {
            read(text);
        } catch (const setup_error& e) {
            return e.what();
        }
        return "";
    }

private:
    std::filesystem::path path_;
};

const std::string database = "[database]\nconninfo = \"host=db\"\n";

using Catch::Contains;

}  // namespace

TEST_CASE("a small configuration has sensible defaults")
{
    const config_folder folder;
    const auto read = folder.read(database + "[receiver.sources.approvals]\nsecret_file = \"secret_b\"\n");
    CHECK(read.listener.address == "127.0.0.1");
    CHECK(read.listener.port == 8080);
    CHECK(read.ops.port == 8081);
    CHECK(read.accept.connections == 2);
    CHECK(read.accept.wait_max == 200ms);
    CHECK(read.notify);
    REQUIRE(read.sources.size() == 1);
    CHECK(read.sources[0].name == "approvals");
    CHECK_FALSE(read.sources[0].status_token);
}

TEST_CASE("everything that can be set is read")
{
    const config_folder folder;
    const auto read = folder.read(database + R"(
[receiver]
address = "0.0.0.0"
port = 443
tls_certificate_file = "c.pem"
tls_key_file = "k.pem"
tls_client_ca_file = "ca.pem"
hosts = ["reclaim.example.com"]
connections_max = 10
public_url = "https://reclaim.example.com/"
notify = false
log_level = "warn"
[receiver.ops]
address = "10.0.0.1"
port = 9000
[receiver.accept]
connections = 4
batch_max = 10
waiting_max = 20
wait_max = "100ms"
deadline = "2s"
[receiver.sources.approvals]
scheme = "standard"
secret_files = ["secret_b", "secret_c"]
status_token_file = "token"
tolerance = "2m"
events = ["seat.removal.approved"]
[receiver.sources.approvals.fields]
type = "/event"
seat = "/seat/id"
[receiver.sources.approvals.types]
"approval.granted" = "seat.removal.approved"
[worker]
anything = "is the worker's"
)");
    CHECK(read.listener.tls_client_ca_file == folder.beside("ca.pem"));  // not where the receiver was started
    CHECK(read.listener.hosts == std::vector<std::string>{"reclaim.example.com"});
    CHECK(read.listener.connections_max == 10);
    CHECK(read.public_url == "https://reclaim.example.com");
    CHECK_FALSE(read.notify);
    CHECK(read.log_level == log::level::warn);
    CHECK(read.ops.address == "10.0.0.1");
    CHECK(read.accept.batch_max == 10);
    CHECK(read.accept.waiting_max == 20);
    CHECK(read.accept.deadline == 2s);
    CHECK(read.sources.at(0).status_token->reveal() == "a-token-of-enough-bytes");
    const auto document = json::document::parse(R"({"event":"approval.granted","seat":{"id":""}})");
    const auto reading = read.sources[0].mapping.read(document->root(), {});
    CHECK(std::get<unusable>(reading).at(2).pointer == "/seat/id");
}

TEST_CASE("every problem is reported at once, with its place and without a secret")
{
    const config_folder folder;
    folder.write("short", "whsec_c2hvcnQ=");
    folder.write("short_token", "tiny");
    const auto text = folder.problems(database + R"(
[receiver]
port = 70000
public_url = "ftp://x"
log_level = "loud"
tls_key_file = "k.pem"
tpyo = 1
[receiver.sources.Bad-Name]
secret_file = "secret_b"
[receiver.sources.short]
secret_file = "short"
status_token_file = "short_token"
[receiver.sources.odd]
scheme = "magic"
secret_file = "secret_b"
events = ["seat.gone"]
[receiver.sources.odd.fields]
seat = "no pointer"
colour = "/x"
[receiver.sources.odd.types]
x = "seat.gone"
[receiver.sources.inline]
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)");
    for (const auto* part :
         {"receiver.port", "receiver.public_url", "receiver.log_level", "receiver.tls_key_file", "receiver.tpyo",
          "receiver.sources.Bad-Name", "receiver.sources.short.secret_file", "receiver.sources.short.status_token_file",
          "receiver.sources.odd", "receiver.sources.odd.events", "receiver.sources.odd.fields.seat",
          "receiver.sources.odd.fields.colour", "receiver.sources.odd.types.x", "receiver.sources.inline.secret"})
        CHECK_THAT(text, Contains(part));
    CHECK_THAT(text, !Contains("c2hvcnQ"));
    CHECK_THAT(text, !Contains("tiny"));
    CHECK_THAT(text, !Contains("MfKQ9r8G"));
}

TEST_CASE("a receiver without sources and two sources with one token are refused")
{
    const config_folder folder;
    CHECK_THAT(folder.problems(database + "[receiver]\nport = 1\n"), Contains("[receiver.sources.NAME]"));
    CHECK_THAT(folder.problems(database + R"(
[receiver.sources.one]
secret_file = "secret_b"
status_token_file = "token"
[receiver.sources.two]
secret_file = "secret_c"
status_token_file = "token"
)"),
               Contains("receiver.sources.two.status_token_file") && Contains("same token"));
}

TEST_CASE("a source that cannot sign is taken only from clients that show a certificate")
{
    const config_folder folder;
    folder.write("long_token", "a-token-of-thirty-two-bytes-more");
    const std::string bearer = R"(
[receiver.sources.flow]
scheme = "bearer"
secret_file = "long_token"
client_names = ["flows.example.com"]
)";
    const auto text = folder.problems(database + bearer);
    CHECK_THAT(text, Contains("receiver.sources.flow.scheme") && Contains("tls_client_ca_file"));
    CHECK_THAT(text, Contains("receiver.sources.flow.client_names"));
    const auto read = folder.read(database + R"(
[receiver]
tls_certificate_file = "c.pem"
tls_key_file = "k.pem"
tls_client_ca_file = "ca.pem"
)" + bearer);
    CHECK(read.sources.at(0).client_names == std::vector<std::string>{"flows.example.com"});
    CHECK(read.sources[0].accepted_status == 202);
}

TEST_CASE("a tolerance for a scheme that signs no time is a mistake")
{
    const config_folder folder;
    const std::string github = "[receiver.sources.code]\nscheme = \"github\"\nsecret_file = \"secret_c\"\n";
    CHECK(folder.read(database + github).sources.size() == 1);
    CHECK_THAT(folder.problems(database + github + "tolerance = \"60s\"\n"),
               Contains("receiver.sources.code.tolerance") && Contains("signs no time"));
}

TEST_CASE("how a sender packs its JSON and writes its times is read")
{
    const config_folder folder;
    folder.write("slack", "8f742231b10e8888abcd99yyyzzz85a5");
    const auto read = folder.read(database + R"(
[receiver.sources.slack]
scheme = "slack"
secret_file = "slack"
body = "form:payload"
json_in = ["/actions/0/value"]
unix_times = true
members_max = 1024
)");
    const auto& slack = read.sources.at(0);
    CHECK(slack.accepted_status == 200);
    CHECK(slack.form.fits({{"Content-Type", "application/x-www-form-urlencoded"}}));
    CHECK(slack.mapping.bounds().members_max == 1024);

    const auto text = folder.problems(database + R"(
[receiver.sources.slack]
scheme = "slakc"
secret_file = "slack"
body = "form"
json_in = ["actions"]
members_max = 1
)");
    for (const auto* part :
         {"slack.scheme: must be one of: standard, github", "slack.body", "slack.json_in", "slack.members_max"})
        CHECK_THAT(text, Contains(part));
    CHECK_THAT(text, !Contains("secret_file"));
}
