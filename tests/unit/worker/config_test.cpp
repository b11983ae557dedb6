#include "common/base/error.hpp"
#include "worker/config.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace reclaim;

namespace {

// A folder of its own with a configuration and the secrets it names.
class written {
public:
    explicit written(const std::string& toml)
    {
        folder_ = std::filesystem::temp_directory_path() / ("reclaim-config-test-" + std::to_string(getpid()));
        std::filesystem::create_directories(folder_);
        put("token", "s3cret");
        put("reclaim.toml", toml);
    }
    ~written() { std::filesystem::remove_all(folder_); }
    std::string path() const { return folder_ / "reclaim.toml"; }

private:
    void put(const std::string& name, const std::string& text)
    {
        std::ofstream(folder_ / name) << text;
        std::filesystem::permissions(folder_ / name,
                                     std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
    std::filesystem::path folder_;
};

const std::string good = R"(
[database]
conninfo = "dbname=reclaim"
[receiver]
anything = "is the other program's"
[connectors.okta]
recipe = "okta.toml"
url = "https://example.okta.com"
auth = "ssws"
token_file = "token"
[apps.figma]
connector = "okta"
vars = { app_id = "0oa1" }
)";

std::string problems_of(const std::string& toml)
{
    const written file(toml);
    try {
        worker::read_config(file.path());
    } catch (const setup_error& e) {
        return e.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a small configuration gets the documented defaults")
{
    const written file(good);
    const auto read = worker::read_config(file.path());
    CHECK(read.in_flight_max == 500);
    CHECK(read.lease == std::chrono::seconds(15));
    CHECK(read.policy_json.find(R"("approval_age_max":"259200 seconds")") != std::string::npos);
    CHECK(std::get<connectors::credential>(read.connectors.at(0).with).prefix == "SSWS ");
    CHECK(read.apps.find("figma")->second.variables.find("app_id")->second == "0oa1");
    CHECK_FALSE(read.linear);
    CHECK(read.confirmation.schedule.size() == 9);
}

TEST_CASE("a recipe's path is relative to the configuration, not to where the worker was started")
{
    const written file(good);
    CHECK(std::filesystem::path(worker::read_config(file.path()).connectors.at(0).recipe_path).is_absolute());
}

TEST_CASE("an app on a connector nobody describes is refused by name")
{
    auto toml = good;
    toml.replace(toml.find("connector = \"okta\""), 18, "connector = \"oktaa\"");
    CHECK(problems_of(toml).find("apps.figma.connector") != std::string::npos);
}

TEST_CASE("an unknown key is refused, and every problem is told at once")
{
    const auto told = problems_of(good + "\n[worker]\nleese = \"15s\"\nlease = \"1ms\"\n");
    CHECK(told.find("worker.leese") != std::string::npos);
    CHECK(told.find("worker.lease") != std::string::npos);
}

TEST_CASE("a password in the connection string is refused without repeating it")
{
    auto toml = good;
    toml.replace(toml.find("dbname=reclaim"), 14, "dbname=x password=hunter2");
    const auto told = problems_of(toml);
    CHECK(told.find("database.conninfo") != std::string::npos);
    CHECK(told.find("hunter2") == std::string::npos);
}

TEST_CASE(
    "removed seats are looked at again after an hour, a day and a week, unless the worker or the app says otherwise")
{
    using namespace std::chrono_literals;
    const auto schedule = [](const std::string& toml) {
        const written file(toml);
        return worker::read_config(file.path()).apps.at("figma").later_looks;
    };
    CHECK(schedule(good) == worker::look_schedule{1h, 24h, 168h});
    CHECK(schedule(good + "[worker.later_looks]\nafter = [\"2h\"]\n") == worker::look_schedule{2h});
    CHECK(schedule(good + "later_looks = [\"5m\", \"1d\"]\n[worker.later_looks]\nafter = [\"2h\"]\n") ==
          worker::look_schedule{5min, 24h});
    CHECK(schedule(good + "later_looks = []\n").empty());
    CHECK(problems_of(good + "later_looks = [\"1d\", \"1h\"]\n").find("shortest first") != std::string::npos);
    CHECK(problems_of(good + "later_looks = [\"soon\"]\n").find("apps.figma.later_looks") != std::string::npos);
}

namespace {

const std::string with_linear = good + R"(
[apps.figma.ticket]
priority = 0
checklist = "mail"
subscriber_ids = ["7c3d4e5f-6a7b-4c8d-ae9f-1a2b3c4d5e6f"]
[apps.zoom]
connector = "okta"
[linear]
url = "https://api.linear.app"
token_file = "token"
[linear.checklists.mail]
items = ["Forward the mail"]
[linear.ticket]
team_id = "3b7d3585-029d-4490-80ce-6a44c6d9f081"
priority = 2
due_in_days = 3
link = "https://reclaim.test/{{approval_id}}"
)";

}  // namespace

TEST_CASE("an app's ticket is everybody's but for what the app says of its own")
{
    const written file(with_linear);
    const auto read = worker::read_config(file.path());
    const auto& figma = read.apps.at("figma").ticket;
    const auto& zoom = read.apps.at("zoom").ticket;
    REQUIRE((figma && zoom));
    CHECK(figma->settings.team_id == zoom->settings.team_id);
    CHECK(figma->settings.priority == 0);
    CHECK(zoom->settings.priority == 2);
    CHECK(figma->settings.due_in == std::chrono::days(3));
    CHECK(figma->checklist == "mail");
    CHECK_FALSE(zoom->checklist);
    CHECK(figma->settings.subscriber_ids.size() == 1);
    CHECK(zoom->settings.subscriber_ids.empty());
    CHECK(figma->settings.link->title == "Evidence of the removal");
    CHECK(read.linear->checklists.at("mail") == std::vector<std::string>{"Forward the mail"});
    CHECK(read.linear->checklists.at("account").size() == 4);
}

TEST_CASE("mistakes of tickets are named by their key")
{
    const auto told = problems_of(with_linear + R"(
label_ids = ["bug"]
assignee_id = "ada"
template_id = "x"
checklist = "mial"
[apps.zoom.ticket]
team_id = "IT"
link_title = "no"
link = ""
[linear.checklists.none]
)");
    for (const std::string key :
         {"linear.ticket.label_ids: must be a UUID", "linear.ticket.assignee_id: must be a UUID",
          "linear.ticket.template_id: must be a UUID", "linear.ticket.checklist: names a checklist",
          "apps.zoom.ticket.team_id: must be a UUID", "apps.zoom.ticket.link_title: has no link",
          "linear.checklists.none.items: is missing"}) {
        CAPTURE(told);
        CHECK(told.find(key) != std::string::npos);
    }
    CHECK(problems_of(good + "[apps.figma.ticket]\npriority = 1\n").find("without a [linear] section") !=
          std::string::npos);
}

TEST_CASE("a drafted note is off unless it is configured, and then needs an address, a model and a prompt")
{
    const written plain(with_linear);
    CHECK_FALSE(worker::read_config(plain.path()).linear->draft);
    CHECK_FALSE(worker::read_config(plain.path()).linear->comment_on_drift);
    const auto told = problems_of(with_linear + "[linear.draft]\ntime_max = \"1h\"\n");
    for (const std::string key :
         {"linear.draft.url", "linear.draft.model", "linear.draft.prompt", "linear.draft.time_max"})
        CHECK(told.find(key) != std::string::npos);
    const written drafting(with_linear +
                           "[linear.draft]\nurl = \"http://127.0.0.1:8000\"\nmodel = \"m\"\nprompt = \"p\"\n");
    const auto draft = worker::read_config(drafting.path()).linear->draft;
    REQUIRE(draft);
    CHECK_FALSE(draft->with);
    CHECK(draft->time_max == std::chrono::seconds(3));
    CHECK(draft->bytes_max == 2000);
}
