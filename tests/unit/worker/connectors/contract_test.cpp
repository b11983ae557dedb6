#include "contract_table.hpp"
#include "outcome_word.hpp"
#include "script.hpp"
#include "shipped_recipe.hpp"
#include "worker/connectors/classify.hpp"
#include "worker/connectors/conditions.hpp"
#include "worker/connectors/engine.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sstream>

namespace reclaim::connectors {

namespace {

namespace fs = std::filesystem;
using testing::contract_call;
using testing::contract_row;
using testing::contract_table;

const operation by{"op-1", 7};

std::vector<std::string> names_in(const char* folder)
{
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(testing::repository() / folder))
        if (entry.path().extension() == ".toml")
            names.push_back(entry.path().stem().string());
    std::sort(names.begin(), names.end());
    return names;
}

contract_table table_of(const std::string& name)
{
    return testing::load_contract(testing::repository() / "tests/unit/worker/connectors/contracts" / (name + ".toml"));
}

// Plays the vendor: answers the pinned requests and no other.
class vendor {
public:
    explicit vendor(const contract_table& from) : from_(from) {}

    exchange play()
    {
        return [this](http::origin, http::request asked,
                      async::steady::time_point) -> testing::asio::awaitable<result<http::response, http::failure>> {
            co_return answer(asked);
        };
    }
    // What the row's call is answered with; every other call is well.
    void say(const contract_call& call, const contract_row& row)
    {
        row_of_ = &call;
        row_ = &row;
        pages_ = 0;
    }
    std::size_t answered_row() const { return answered_row_; }

private:
    http::response answer(const http::request& asked)
    {
        const std::string line = asked.method + " " + asked.target;
        for (const contract_call* call : {&from_.check, &from_.revoke, &from_.health}) {
            if (line == call->request) {
                check_pinned(asked, *call);
                return call == row_of_ ? next_of_row() : http::response{200, {}, call->well};
            }
            if (std::count(call->next_requests.begin(), call->next_requests.end(), line) > 0)
                return next_of_row();
        }
        throw std::logic_error("a request that the table does not know: " + line);
    }
    http::response next_of_row()
    {
        if (pages_ < row_->pages.size())
            return {200, {}, row_->pages[pages_++]};
        ++answered_row_;
        return row_->got;
    }
    // Everything but who we are and which operation it is, which the engine's own tests pin.
    static void check_pinned(const http::request& asked, const contract_call& call)
    {
        std::set<std::string> sent, pinned;
        for (const auto& [name, value] : asked.headers)
            if (name != "Authorization" && name != "User-Agent" && !name.starts_with("Reclaim-"))
                sent.insert(name + ": " + value);
        for (const auto& [name, value] : call.headers)
            pinned.insert(name + ": " + value);
        CAPTURE(call.request);
        CHECK(sent == pinned);
        CHECK(asked.body == call.body);
    }

    const contract_table& from_;
    const contract_call* row_of_ = nullptr;
    const contract_row* row_ = nullptr;
    std::size_t pages_ = 0;
    std::size_t answered_row_ = 0;
};

std::string outcome_of(const contract_table& table, const recipe& how, const contract_call& call,
                       const contract_row& row)
{
    if (&call == &table.health) {
        const auto found = find_trouble(how.health, how.waits, row.got, table.vars, std::chrono::system_clock::now());
        return found ? testing::word(*found) : "well";
    }
    vendor plays(table);
    plays.say(call, row);
    engine asked(testing::shipped_recipe(table.name), plays.play(), *http::origin::parse(table.url),
                 testing::with_key(), {table.vars});
    const target whose{table.vars};
    auto work =
        &call == &table.check ? asked.look(whose, by, testing::soon()) : asked.remove(whose, by, testing::soon());
    return testing::word(testing::await_now(std::move(work)).what);
}

std::string why_of(const outcome& what)
{
    return std::visit(
        [](const auto& one) {
            if constexpr (requires { one.why; })
                return one.why;
            else
                return std::string();
        },
        what);
}

std::string text_of(const fs::path& file)
{
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string word_of(capability offers)
{
    switch (offers) {
    case capability::operation_key:
        return "operation_key";
    case capability::precondition:
        return "precondition";
    case capability::none:
        break;
    }
    return "none";
}

}  // namespace

TEST_CASE("every shipped recipe has a table of its vendor's contract, and every table a recipe")
{
    CHECK(names_in("deploy/recipes") == names_in("tests/unit/worker/connectors/contracts"));
}

TEST_CASE("every shipped recipe sends exactly the requests of its table")
{
    for (const auto& name : names_in("deploy/recipes")) {
        CAPTURE(name);
        const contract_table table = table_of(name);
        const contract_row nothing{{204, {}, ""}, {}, ""};
        vendor plays(table);
        plays.say(table.revoke, nothing);
        engine asked(testing::shipped_recipe(table.name), plays.play(), *http::origin::parse(table.url),
                     testing::with_key(), {table.vars});
        const answer seen = testing::await_now(asked.look({table.vars}, by, testing::soon()));
        INFO(why_of(seen.what));
        CHECK(testing::word(seen.what) == "held");
        testing::await_now(asked.remove({table.vars}, by, testing::soon()));
        CHECK(plays.answered_row() == 1);
        CHECK(testing::await_now(asked.health(testing::soon())) == "");
    }
}

TEST_CASE("every documented answer of every vendor has one meaning")
{
    for (const auto& name : names_in("deploy/recipes")) {
        const contract_table table = table_of(name);
        const recipe how = testing::shipped_recipe(name);
        for (const contract_call* call : {&table.check, &table.revoke, &table.health}) {
            for (const contract_row& row : call->rows) {
                CAPTURE(name, call->request, row.got.status, row.got.body);
                CHECK(outcome_of(table, how, *call, row) == row.outcome);
            }
        }
    }
}

TEST_CASE("no recipe holds a rule that no documented answer needs")
{
    for (const auto& name : names_in("deploy/recipes")) {
        const contract_table table = table_of(name);
        const recipe how = testing::shipped_recipe(name);
        std::set<std::string> needed, all;  // a common rule is needed when any of the three calls needs it
        const auto judge = [&](const call& made, const contract_call& rows) {
            const auto print = [](const rule& r) {
                std::string text =
                    r.statuses.to_string() + " " + r.why + " " + std::to_string(static_cast<int>(r.gives));
                for (const auto& c : r.json)
                    text += " " + c.of.at + (c.values.empty() ? "" : "=" + c.values.front().source());
                for (const auto& h : r.headers)
                    text += " " + h.name;
                return text;
            };
            for (const rule& r : made.rules)
                all.insert(print(r));
            for (const contract_row& row : rows.rows) {
                const auto body = json::document::parse(row.got.body, answer_limits);
                const auto found = std::find_if(made.rules.begin(), made.rules.end(), [&](const rule& r) {
                    return meets(r, row.got, body ? body->root() : json::value(), table.vars);
                });
                if (found != made.rules.end())
                    needed.insert(print(*found));
            }
        };
        judge(how.check, table.check);
        judge(how.revoke, table.revoke);
        judge(how.health, table.health);
        for (const std::string& rule : all) {
            CAPTURE(name, rule.substr(rule.find(' ')));
            CHECK(needed.contains(rule));
        }
    }
}

TEST_CASE("the documentation states each recipe's capability as the recipe does")
{
    const std::string page = text_of(testing::repository() / "docs/CONNECTORS.md");
    for (const auto& name : names_in("deploy/recipes")) {
        const std::string row = "| `" + name + "` | `" + word_of(testing::shipped_recipe(name).offers) + "` |";
        CAPTURE(row);
        CHECK(page.find(row) != std::string::npos);
    }
}

}  // namespace reclaim::connectors
