#include "common/base/error.hpp"
#include "worker/policy_config.hpp"

#include <catch2/catch.hpp>

using namespace reclaim;

namespace {

std::string policy_of(const std::string& toml)
{
    auto file = config::file::parse(toml, "reclaim.toml");
    const auto policy = worker::read_policy(file.root().sub("policy"), {"figma", "slack"});
    file.finish();
    return policy;
}

std::string problems_of(const std::string& toml)
{
    try {
        policy_of(toml);
    } catch (const setup_error& e) {
        return e.what();
    }
    return "";
}

bool has(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("no policy is the documented defaults, said in full")
{
    CHECK(
        policy_of("") ==
        R"({"approval_age_max":"259200 seconds","approver_and_requester":"differ_if_named",)"
        R"("protected_subjects":[],"protected_attributes":[],"second_approver":false,"grace":"0 seconds","apps":{}})");
}

TEST_CASE("a whole policy reaches the guards as it was written")
{
    CHECK(policy_of(R"(
[policy]
approval_age_max = "24h"
approver_and_requester = "differ"
protected_subjects = ["svc-*", "00u1ceo"]
protected_attributes = ["executive"]
second_approver = true
activity_age_max = "36h"
grace = "1h"
[policy.apps.figma]
approvers = ["it.lead@example.com"]
second_approver = false
owners_min = 2
grace = "0s"
windows = ["mon-fri 20:00-06:00", "sat,sun 00:00-00:00", "fri-mon 08:30-12:15"]
time_zone = "Europe/Berlin"
[policy.apps.slack]
approvers = []
)") == R"({"approval_age_max":"86400 seconds","approver_and_requester":"differ","protected_subjects":["svc-*","00u1ceo"],)"
       R"("protected_attributes":["executive"],"second_approver":true,"activity_age_max":"129600 seconds","grace":"3600 seconds","apps":{"figma":{"approvers":["it.lead@example.com"],)"
       R"("second_approver":false,"owners_min":2,"grace":"0 seconds","windows":[{"days":[1,2,3,4,5],"from":"20:00","to":"06:00"},)"
       R"({"days":[6,7],"from":"00:00","to":"00:00"},{"days":[5,6,7,1],"from":"08:30","to":"12:15"}],)"
       R"("time_zone":"Europe/Berlin"},"slack":{"approvers":[]}}})");
}

TEST_CASE("a misspelled limit is refused by line and key, at every level")
{
    CHECK(has(problems_of("[policy]\napproval_max_age = \"1h\""), "reclaim.toml:2"));
    CHECK(has(problems_of("[policy]\napproval_max_age = \"1h\""), "policy.approval_max_age"));
    CHECK(has(problems_of("[policy.apps.figma]\n\naprovers = []"), "reclaim.toml:3"));
    CHECK(has(problems_of("[policy.apps.figma]\naprovers = []"), "policy.apps.figma.aprovers"));
    CHECK(has(problems_of("[policy.apps.fgima]\napprovers = []"), "policy.apps.fgima"));
    CHECK(has(problems_of("[policy]\napprover_and_requester = \"yes\""), "policy.approver_and_requester"));
    CHECK(has(problems_of("[policy]\nprotected_subjects = [\"\"]"), "policy.protected_subjects"));
    CHECK(has(problems_of("[policy]\ngrace = \"91d\""), "policy.grace"));
    CHECK(has(problems_of("[policy.apps.figma]\nowners_min = 0"), "policy.apps.figma.owners_min"));
}

TEST_CASE("windows that cannot be read, or could never open, are refused")
{
    const std::string app = "[policy.apps.figma]\ntime_zone = \"Europe/Berlin\"\nwindows = ";
    for (const auto* window :
         {"mon 8:00-12:00", "mon 08:00-24:00", "mon 08:00-12:60", "monday 08:00-12:00", "mon- 08:00-12:00",
          "mon, 08:00-12:00", "08:00-12:00", "mon 08:00", "daily 08:00-12:00 ", "mon  08:00-12:00", ""})
        CHECK(has(problems_of(app + "[\"" + window + "\"]"), "policy.apps.figma.windows"));
    CHECK(has(problems_of(app + "[]"), "policy.apps.figma.windows"));
    CHECK(has(problems_of("[policy.apps.figma]\nwindows = [\"daily 08:00-12:00\"]"), "policy.apps.figma.time_zone"));
    CHECK(has(problems_of("[policy.apps.figma]\ntime_zone = \"Europe/Berlin\""), "policy.apps.figma.time_zone"));
}

TEST_CASE("a time zone that is on no list is refused, and is never taken for a path")
{
    for (const auto* zone : {"Europe/Berlim", "../../../etc/passwd", "Europe", "/etc/localtime"})
        CHECK(has(problems_of("[policy.apps.figma]\nwindows = [\"daily 08:00-12:00\"]\ntime_zone = \"" +
                              std::string(zone) + "\""),
                  "policy.apps.figma.time_zone"));
}
