#include "receiver/mapping.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace reclaim;
using namespace reclaim::receiver;

namespace {

const instant now = *parse_instant("2026-06-01T12:00:00Z");

std::variant<mapped, not_subscribed, unusable> read(const std::string& text, const mapping_options& options = {})
{
    const auto document = json::document::parse(text);
    INFO(text);
    REQUIRE(document.has_value());
    return mapping(options).read(document->root(), now);
}

std::string facts(const std::string& text, const mapping_options& options = {})
{
    const auto reading = read(text, options);
    const auto* what = std::get_if<mapped>(&reading);
    return what ? what->facts : "";
}

std::vector<std::string> bad_pointers(const std::string& text, const mapping_options& options = {})
{
    std::vector<std::string> out;
    const auto reading = read(text, options);
    if (const auto* fields = std::get_if<unusable>(&reading))
        for (const auto& each : *fields)
            out.push_back(each.pointer);
    return out;
}

using pointers = std::vector<std::string>;

// An approval with one field set to this JSON text, or left out when it is empty.
std::string approval_with(const std::string& name, const std::string& value)
{
    std::map<std::string, std::string> fields{
        {"approval_id", R"("apr_1")"},
        {"app", R"("figma")"},
        {"seat", R"("seat-1")"},
        {"flag_epoch", "3"},
        {"subject", R"("u1")"},
        {"approver", R"("boss")"},
        {"approved_at", R"("2026-06-01T11:00:00Z")"},
    };
    if (!name.empty())
        fields[name] = value;
    std::string data;
    for (const auto& [field, text] : fields)
        if (!text.empty())
            data += (data.empty() ? "\"" : ",\"") + field + "\":" + text;
    return R"({"type":"seat.removal.approved","data":{)" + data + "}}";
}

bool takes(const std::string& name, const std::string& value)
{
    return bad_pointers(approval_with(name, value)).empty();
}

pointers flagged(const std::string& more)
{
    return bad_pointers(R"({"type":"seat.flagged","data":{"app":"a","seat":"s","subject":"u",)" + more + "}}");
}

}  // namespace

TEST_CASE("an approval becomes facts under our names, with instants in UTC")
{
    const auto reading =
        read(R"({"type":"seat.removal.approved","id":"ignored","data":{"approval_id":"apr_1","app":"figma",
        "seat":"seat-1","flag_epoch":3,"subject":"u1","approver":"boss","approved_at":"2026-06-01T13:00:00+02:00",
        "requester":"r","callback_url":"https://r.example/cb","reason":"two\nlines","expires_at":"2026-07-01T00:00:00Z",
        "unknown":[1]}})");
    REQUIRE(std::holds_alternative<mapped>(reading));
    const auto& what = std::get<mapped>(reading);
    CHECK(what.event_type == "seat.removal.approved");
    CHECK(what.approval_id == "apr_1");
    CHECK(what.facts ==
          R"({"approval_id":"apr_1","app":"figma","seat":"seat-1","flag_epoch":3,"subject":"u1","approver":"boss",)"
          R"("approved_at":"2026-06-01T11:00:00.000000Z","requester":"r","callback_url":"https://r.example/cb",)"
          R"("reason":"two\nlines","expires_at":"2026-07-01T00:00:00.000000Z"})");
}

TEST_CASE("an approval of a restore names the removal it undoes, and commits to the same people as one of a removal")
{
    const auto parsed = json::document::parse(
        R"({"type":"seat.restore.approved","data":{"approval_id":"apr_2","removal_approval_id":"apr_1","app":"figma",)"
        R"("seat":"s","subject":"u","approver":"boss","approved_at":"2026-06-01T11:00:00Z"}})");
    const auto reading = mapping().read(parsed->root(), now);
    REQUIRE(std::holds_alternative<mapped>(reading));
    const auto& what = std::get<mapped>(reading);
    CHECK(what.event_type == "seat.restore.approved");
    CHECK(what.facts ==
          R"({"approval_id":"apr_2","removal_approval_id":"apr_1","app":"figma","seat":"s","subject":"u",)"
          R"("approver":"boss","approved_at":"2026-06-01T11:00:00.000000Z"})");
    std::string letters;
    for (const auto& [letter, value] : what.personal)
        letters += letter;
    CHECK(letters == "sua");
}

TEST_CASE("cancellations, second approvals and flags are mapped")
{
    CHECK(facts(R"({"type":"seat.removal.cancelled","data":{"approval_id":"apr_1","reason":"kept"}})") ==
          R"({"approval_id":"apr_1","reason":"kept"})");
    CHECK(
        facts(
            R"({"type":"seat.removal.seconded","data":{"approval_id":"apr_1","approver":"cfo","approved_at":"2026-06-01T11:00:00Z"}})") ==
        R"({"approval_id":"apr_1","approver":"cfo","approved_at":"2026-06-01T11:00:00.000000Z"})");
    CHECK(
        facts(
            R"({"type":"seat.flagged","data":{"app":"figma","seat":"s","subject":"u","email":"u@example.com","rule":"idle",
        "last_activity_at":"2026-01-01T00:00:00Z","unit_cost_minor":1500,"currency":"EUR","attributes":["executive", "ops"]}})") ==
        R"({"app":"figma","seat":"s","subject":"u","email":"u@example.com","rule":"idle",)"
        R"("last_activity_at":"2026-01-01T00:00:00.000000Z","unit_cost_minor":1500,"currency":"EUR","attributes":["executive","ops"]})");
    CHECK(facts(R"({"type":"seat.unflagged","data":{"app":"figma","seat":"s"}})") == R"({"app":"figma","seat":"s"})");
}

TEST_CASE("every missing or bad field is named, not only the first")
{
    CHECK(
        bad_pointers(R"({"type":"seat.removal.approved","data":{"app":"Figma","seat":"s","flag_epoch":"3","subject":"u",
        "approver":null,"reason":7}})") == pointers{"/data/approval_id", "/data/app", "/data/flag_epoch",
                                                    "/data/approver", "/data/approved_at", "/data/reason"});
}

TEST_CASE("an optional field that is null is absent")
{
    CHECK(takes("reason", "null"));
    CHECK_FALSE(takes("seat", "null"));
}

TEST_CASE("the type must be text; types nobody subscribed to are passed over")
{
    CHECK(bad_pointers(R"({"data":{}})") == pointers{"/type"});
    CHECK(bad_pointers(R"({"type":["seat.flagged"]})") == pointers{"/type"});
    CHECK(bad_pointers(R"(["seat.flagged"])") == pointers{"/type"});
    CHECK(std::holds_alternative<not_subscribed>(read(R"({"type":"user.created"})")));
    CHECK(std::holds_alternative<not_subscribed>(read(R"({"type":"seat.removal.Approved"})")));
}

TEST_CASE("flag_epoch is an exact whole number from 1 to 2^53-1")
{
    CHECK(takes("flag_epoch", "1"));
    CHECK(takes("flag_epoch", "9007199254740991"));
    for (const auto* value :
         {"0", "-1", "1.0", "1e3", "9007199254740992", "9223372036854775808", "\"7\"", "true", "[1]"}) {
        INFO(value);
        CHECK_FALSE(takes("flag_epoch", value));
    }
}

TEST_CASE("identifiers have 1 to 256 bytes and nothing that deceives the eye")
{
    CHECK(takes("seat", '"' + std::string(256, 'x') + '"'));
    CHECK(takes("seat", R"("'; drop table seat; -- ${} {{}} \" \\ Zo\u00eb \ud83d\ude00")"));
    CHECK_FALSE(takes("seat", '"' + std::string(257, 'x') + '"'));
    for (const auto* value : {R"("")", R"("a\nb")", R"("a\tb")", R"("a\u007fb")", R"("a\u0085b")", R"("a\u2028b")",
                              R"("a\u202eb")", R"("a\u200bb")", R"("a\u200db")", R"("a\u2066b")", R"("a\ufeffb")",
                              R"("a\u00adb")", R"("a\u061cb")", R"("a\udb40\udc41b")"}) {
        INFO(value);
        CHECK_FALSE(takes("seat", value));
        CHECK_FALSE(takes("approver", value));
    }
}

TEST_CASE("an app's name is one that configuration can hold")
{
    CHECK(takes("app", R"("0figma_x-1")"));
    CHECK(takes("app", '"' + std::string(64, 'a') + '"'));
    for (const auto* value : {R"("")", R"("-a")", R"("_a")", R"("A")", R"("a.b")", R"("a b")", R"("\u00e9")"})
        CHECK_FALSE(takes("app", value));
    CHECK_FALSE(takes("app", '"' + std::string(65, 'a') + '"'));
}

TEST_CASE("a reason may have lines and 2048 bytes, but no other control characters")
{
    CHECK(takes("reason", R"("first\r\n\tsecond \u200d")"));
    CHECK(takes("reason", '"' + std::string(2048, 'x') + '"'));
    CHECK_FALSE(takes("reason", '"' + std::string(2049, 'x') + '"'));
    CHECK_FALSE(takes("reason", R"("bell\u0007")"));
    CHECK_FALSE(takes("reason", R"("escape\u001b[31m")"));
}

TEST_CASE("a callback is visible ASCII")
{
    CHECK(takes("callback_url", R"("https://r.example/cb?x=1")"));
    CHECK_FALSE(takes("callback_url", R"("https://r.example/a b")"));
    CHECK_FALSE(takes("callback_url", R"("https://r\u00e9.example/")"));
    CHECK_FALSE(takes("callback_url", R"("https://r.example/\r\nHost: x")"));
}

TEST_CASE("an approval may come from a clock up to five minutes ahead")
{
    CHECK(takes("approved_at", R"("2026-06-01T12:05:00Z")"));
    CHECK_FALSE(takes("approved_at", R"("2026-06-01T12:05:00.000001Z")"));
    CHECK_FALSE(takes("approved_at", "1780315200"));
}

TEST_CASE("an approval that has expired is evidence all the same")
{
    CHECK(takes("expires_at", R"("2020-01-01T00:00:00Z")"));
    CHECK(takes("expires_at", R"("8999-01-01T00:00:00Z")"));
}

TEST_CASE("money is whole minor units in a three-letter currency")
{
    CHECK(flagged(R"("unit_cost_minor":0,"currency":"USD")").empty());
    CHECK(flagged(R"("unit_cost_minor":-1)") == pointers{"/data/unit_cost_minor"});
    CHECK(flagged(R"("unit_cost_minor":9.99)") == pointers{"/data/unit_cost_minor"});
    CHECK(flagged(R"("currency":"usd")") == pointers{"/data/currency"});
    CHECK(flagged(R"("currency":"EURO")") == pointers{"/data/currency"});
}

TEST_CASE("what is said of a person is a list of identifiers")
{
    CHECK(flagged(R"("attributes":[])").empty());
    for (const auto* bad : {R"("executive")", R"([""])", R"(["a\u200bb"])", R"([7])", R"({"a":"b"})"})
        CHECK(flagged(std::string(R"("attributes":)") + bad) == pointers{"/data/attributes"});
    std::string many = R"("attributes":["x")";
    for (int n = 0; n < 32; ++n)
        many += R"(,"x")";
    CHECK(flagged(many + "]") == pointers{"/data/attributes"});
}

TEST_CASE("a source's own field places and event names are followed")
{
    mapping_options options;
    options.pointers = {{"type", "/event/name"}, {"seat", "/items/0/id"}, {"app", "/a~1b"}};
    options.types = {{"license.freed", "seat.unflagged"}};
    CHECK(facts(R"({"event":{"name":"license.freed"},"items":[{"id":"s1"}],"a/b":"figma"})", options) ==
          R"({"app":"figma","seat":"s1"})");
    CHECK(bad_pointers(R"({"event":{"name":"license.freed"},"items":[]})", options) ==
          pointers{"/a~1b", "/items/0/id"});
    // With names of its own, ours mean nothing.
    CHECK(std::holds_alternative<not_subscribed>(read(R"({"event":{"name":"seat.unflagged"}})", options)));
}

TEST_CASE("a source that may only flag cannot approve")
{
    mapping_options options;
    options.events = {"seat.flagged", "seat.unflagged"};
    CHECK(std::holds_alternative<not_subscribed>(read(approval_with("", ""), options)));
    CHECK(std::holds_alternative<mapped>(read(R"({"type":"seat.unflagged","data":{"app":"a","seat":"s"}})", options)));
}

TEST_CASE("fields inside text that is JSON itself are found by pointers that lead on into it")
{
    mapping_options options;
    options.json_in = {"/actions/0/value", "/actions/0/value/deeper"};
    options.pointers = {{"type", "/actions/0/action_id"},
                        {"approval_id", "/actions/0/value/id"},
                        {"app", "/actions/0/value/app"},
                        {"seat", "/actions/0/value/deeper/seat"},
                        {"reason", "/actions/0/value"}};
    options.types = {{"approve", "seat.unflagged"}};
    CHECK(
        facts(
            R"({"actions":[{"action_id":"approve","value":"{\"app\":\"figma\",\"deeper\":\"{\\\"seat\\\":\\\"s\\\"}\"}"}]})",
            options) ==
        R"({"app":"figma","seat":"s","reason":"{\"app\":\"figma\",\"deeper\":\"{\\\"seat\\\":\\\"s\\\"}\"}"})");
    for (const std::string value :
         {R"("no json")", R"("{\"app\":\"a\",\"app\":\"b\"}")", R"(7)", R"({"app":"figma"})", R"("")"}) {
        CAPTURE(value);
        const auto missing = bad_pointers(R"({"actions":[{"action_id":"approve","value":)" + value + "}]}", options);
        CHECK(std::find(missing.begin(), missing.end(), "/actions/0/value/deeper/seat") != missing.end());
    }
}

TEST_CASE("Unix time is taken only from a source that is said to send it")
{
    mapping_options options;
    options.times = times::unix_too;
    for (const std::string value :
         {"1780315200", "\"1780315200\"", "\"1780315200.000\"", "1780315200000", "\"2026-06-01T12:00:00Z\""}) {
        CAPTURE(value);
        CHECK_THAT(facts(approval_with("approved_at", value), options),
                   Catch::Contains(R"("approved_at":"2026-06-01T12:00:00.000000Z")"));
        CHECK(takes("approved_at", value) == (value == "\"2026-06-01T12:00:00Z\""));
    }
    for (const std::string value : {"1780315200.5", "178031520", "true", "1780315501"}) {
        CAPTURE(value);
        CHECK(bad_pointers(approval_with("approved_at", value), options) == pointers{"/data/approved_at"});
    }
}
