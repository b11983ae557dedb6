#include "tests/unit/common/config/support.hpp"

#include <catch2/catch.hpp>

using reclaim::setup_error;
using reclaim::config::file;
using reclaim::testing::problems_of;
using namespace std::chrono_literals;

TEST_CASE("a complete file is read without a problem")
{
    auto config = file::parse(R"(
listen = "127.0.0.1:8080"
workers = 4
strict = true
lease = "15s"
sources = ["a", "b"]
[limits]
body_bytes_max = 65536
)");
    auto root = config.root();
    CHECK(root.text("listen") == "127.0.0.1:8080");
    CHECK(root.integer("workers", 1, 1, 64) == 4);
    CHECK(root.flag("strict", false));
    CHECK(root.duration("lease", 1s, 1s, 1min) == 15s);
    CHECK(root.texts("sources") == std::vector<std::string>{"a", "b"});
    CHECK(root.sub("limits").integer("body_bytes_max", 1, 1, 1'000'000) == 65536);
    CHECK(problems_of(config) == "");
}

TEST_CASE("what is absent has its default, and that is no problem")
{
    auto config = file::parse("");
    auto root = config.root();
    CHECK(root.text("a", "fallback") == "fallback");
    CHECK_FALSE(root.optional_text("b"));
    CHECK(root.integer("c", 7, 1, 10) == 7);
    CHECK(root.flag("d", true));
    CHECK(root.duration("e", 3s, 1s, 9s) == 3s);
    CHECK(root.texts("f").empty());
    CHECK_FALSE(root.sub("g").present());
    CHECK(root.sub("g").sub("h").integer("i", 5, 1, 10) == 5);
    CHECK(root.subs("j").empty());
    CHECK(root.items("k").empty());
    CHECK(root.sub("l").text_members().empty());
    CHECK(problems_of(config) == "");
}

TEST_CASE("all problems are reported together, in the order of the file, with line, key and fix")
{
    auto config = file::parse(
        "port = \"x\"\nflag = 1\n\n[queue]\nlease = \"15\"\nname = \"\"\nurls = [1]\nlist = \"a\"\n", "w.toml");
    auto root = config.root();
    auto queue = root.sub("queue");
    queue.text("database");
    queue.texts("list");
    queue.texts("urls");
    queue.text("name");
    queue.duration("lease", 1s, 1s, 90min);
    root.flag("flag", false);
    root.integer("port", 1, 0, 65535);
    root.text("host");
    CHECK(problems_of(config) == "w.toml:1: host: missing; add host = \"...\"\n"
                                 "w.toml:1: port: must be a whole number from 0 to 65535\n"
                                 "w.toml:2: flag: must be true or false, without quotation marks\n"
                                 "w.toml:4: queue.database: missing; add database = \"...\"\n"
                                 "w.toml:5: queue.lease: must be a duration like \"250ms\", \"15s\", \"10m\", \"72h\" "
                                 "or \"7d\", from 1s to 90m\n"
                                 "w.toml:6: queue.name: is empty; give it a value\n"
                                 "w.toml:7: queue.urls: must be a list of texts; write [\"first\", \"second\"]\n"
                                 "w.toml:8: queue.list: must be a list of texts; write [\"first\", \"second\"]");
}

TEST_CASE("a missing table's required key is reported at the nearest table that exists")
{
    auto config = file::parse("\n[a]\nx = 1\n", "f");
    auto a = config.root().sub("a");
    a.integer("x", 0, 0, 9);
    a.sub("b").sub("c").text("d");
    CHECK(problems_of(config) == "f:2: a.b.c.d: missing; add d = \"...\"");
}

TEST_CASE("numbers are taken from the least to the most, and only whole ones")
{
    const auto taken = [](const std::string& text) {
        auto config = file::parse("n = " + text);
        const auto value = config.root().integer("n", -1, 0, 10);
        return problems_of(config).empty() ? value : -1;
    };
    CHECK(taken("0") == 0);
    CHECK(taken("10") == 10);
    CHECK(taken("-1") == -1);
    CHECK(taken("11") == -1);
    CHECK(taken("1.0") == -1);
    CHECK(taken("true") == -1);
    CHECK(taken("\"1\"") == -1);
}

TEST_CASE("durations have a whole number and a unit")
{
    const auto taken = [](const std::string& text) {
        auto config = file::parse("d = " + text);
        const auto value = config.root().duration("d", -1ms, 0ms, 24h * 365);
        return problems_of(config).empty() ? value : -1ms;
    };
    CHECK(taken("\"250ms\"") == 250ms);
    CHECK(taken("\"15s\"") == 15s);
    CHECK(taken("\"10m\"") == 10min);
    CHECK(taken("\"72h\"") == 72h);
    CHECK(taken("\"7d\"") == 24h * 7);
    CHECK(taken("\"0s\"") == 0s);
    for (const char* wrong :
         {"\"\"", "\"s\"", "\"15\"", "15", "\"-1s\"", "\"-0s\"", "\"+1s\"", "\" 1s\"", "\"1s \"", "\"1 s\"", "\"1.5s\"",
          "\"1S\"", "\"1w\"", "\"1h30m\"", "\"366d\"", "\"9223372036854775807d\"", "\"99999999999999999999s\""}) {
        CAPTURE(wrong);
        CHECK(taken(wrong) == -1ms);
    }
}

TEST_CASE("keys nobody asked for are reported, also deep in tables nobody visited")
{
    auto config = file::parse(R"(known = "x"
knwon = "y"
[queue]
lease = "15s"
laese = "15s"
[other.deep]
x = 1
[queue.nested]
y = 1
[[rules]]
name = "a"
[[rules]]
nmae = "b"
)",
                              "f");
    auto root = config.root();
    root.text("known");
    auto queue = root.sub("queue");
    queue.duration("lease", 1s, 1s, 1min);
    for (auto& rule : root.items("rules"))
        rule.optional_text("name");
    CHECK(problems_of(config) ==
          "f:2: knwon: unknown key; remove it or correct its name (known here: known, queue, rules)\n"
          "f:5: queue.laese: unknown key; remove it or correct its name (known here: lease)\n"
          "f:6: other: unknown key; remove it or correct its name (known here: known, queue, rules)\n"
          "f:8: queue.nested: unknown key; remove it or correct its name (known here: lease)\n"
          "f:13: rules[1].nmae: unknown key; remove it or correct its name (known here: name)");
}

TEST_CASE("looking whether a key is there is not reading it")
{
    auto config = file::parse("a = 1", "f");
    CHECK(config.root().has("a"));
    CHECK_FALSE(config.root().has("b"));
    CHECK(problems_of(config) == "f:1: a: unknown key; remove it or correct its name");
}

TEST_CASE("named tables come in the order of the file")
{
    auto config = file::parse("[c.zeta]\nx = 1\n[c.alpha]\nx = 2\n[c.\"with.dot\"]\nx = 3\n");
    std::string seen;
    for (auto& [name, table] : config.root().subs("c"))
        seen += name + "=" + std::to_string(table.integer("x", 0, 0, 9)) + " ";
    CHECK(seen == "zeta=1 alpha=2 with.dot=3 ");
    CHECK(problems_of(config) == "");
}

TEST_CASE("a value where tables belong is reported, and the tables are still read")
{
    auto config = file::parse("t = 1\nitems = [1]\n[c]\nx = 1\n[c.good]\ny = 1\n", "f");
    auto root = config.root();
    CHECK_FALSE(root.sub("t").present());
    CHECK(root.items("items").empty());
    auto all = root.subs("c");
    REQUIRE(all.size() == 1);
    CHECK(all[0].second.integer("y", 0, 0, 9) == 1);
    CHECK(problems_of(config) == "f:1: t: must be a table; write [t] above its keys\n"
                                 "f:2: items: must be a list of tables; write [[items]] above each one's keys\n"
                                 "f:4: c.x: must be a table; write [c.x] above its keys");
}

TEST_CASE("a free-form table gives all its texts and reports what is none")
{
    auto config = file::parse("[vars]\nhost = \"a\"\nzone = \"b\"\nport = 1\n", "f");
    const auto members = config.root().sub("vars").text_members();
    CHECK(members == std::vector<std::pair<std::string, std::string>>{{"host", "a"}, {"zone", "b"}});
    CHECK(problems_of(config) == "f:4: vars.port: must be text; put it in quotation marks");
}

TEST_CASE("a caller's own problem carries file, line and key")
{
    auto config = file::parse("[a]\nurl = \"x\"\n", "f");
    auto a = config.root().sub("a");
    a.text("url");
    a.problem("url", "is no https address; begin it with https://");
    a.problem("", "needs one of url and host");
    CHECK(problems_of(config) ==
          "f:1: a: needs one of url and host\nf:2: a.url: is no https address; begin it with https://");
}

TEST_CASE("a file that is not TOML is refused with line and column, and without the value")
{
    const auto refusal = [](const std::string& text) -> std::string {
        try {
            file::parse(text, "f");
        } catch (const setup_error& e) {
            return e.what();
        }
        return "";
    };
    CHECK_THAT(refusal("a = 1\nb = \"x\nc"), Catch::StartsWith("f:2:7: this is not TOML: Error while parsing string"));
    const std::string number = refusal("\ntoken = 123456789012345678901234567890");
    CHECK_THAT(number, Catch::StartsWith("f:2:") && !Catch::Contains("12345"));
    CHECK_THAT(refusal("token = hunter2 secret"), Catch::StartsWith("f:1:") && !Catch::Contains("hunter2"));
    CHECK_THAT(refusal("a = 1\na = 2"), Catch::StartsWith("f:2:"));
}

TEST_CASE("a configuration that cannot be opened is refused by name")
{
    CHECK_THROWS_WITH(file::load("/nonexistent/reclaim.toml"),
                      Catch::StartsWith("/nonexistent/reclaim.toml: cannot be opened"));
    CHECK_THROWS_WITH(file::load("/tmp"), Catch::StartsWith("/tmp: is a folder"));
}
