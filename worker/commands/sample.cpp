#include "common/crypto/digest.hpp"
#include "common/json/document.hpp"
#include "common/pg/script.hpp"
#include "worker/commands/commands.hpp"
#include "worker/commands/read_only_wire.hpp"
#include "worker/vendors.hpp"

#include <iostream>

namespace reclaim::worker::commands {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

struct known_seat {
    std::string subject;
    std::string email;
};

// Step by step what a live run would do; of the vendor only what a look reads is really called.
class rehearsal {
public:
    rehearsal(const options& settings, const sample_request& what) : settings_(settings), what_(what) {}

    std::optional<known_seat> weigh()
    {
        pg::script database(settings_.database.conninfo, "reclaim-worker sample");
        const auto app = settings_.apps.find(what_.app);
        const std::string connector = app == settings_.apps.end() ? "" : app->second.connector;
        const auto rows = database.rows("select subject, email, seat_state, flag_epoch, array_to_string(guards, ','), "
                                        "array_to_string(closed_gates, ', '), trigger_state, numbers, mode, budgets, "
                                        "confirmation from reclaim.explain_removal($1, $2, $3, $4, $5)",
                                        {what_.app, what_.seat, what_.approver, settings_.policy_json, connector});
        step("validate");
        if (rows.empty()) {
            say("STOP", "seat " + what_.seat + " of " + what_.app + " is not known: select reclaim.flag_seat('" +
                            what_.app + "', '" + what_.seat + "', 'SUBJECT')");
            return std::nullopt;
        }
        const auto& row = rows.front();
        say("seat",
            "held by " + row[0].value_or("?") + ", " + row[2].value_or("?") + ", flag epoch " + row[3].value_or("?"));
        bool good = true;
        std::string guards = row[4].value_or("");
        for (std::size_t at = 0; at < guards.size();) {
            const auto end = std::min(guards.find(',', at), guards.size());
            const auto guard = guards.substr(at, end - at);
            good = good && guard.ends_with("=pass");
            say("guard", guard);
            at = end + 1;
        }
        say_numbers(row[7].value_or("{}"));
        good = say_budgets(row[9].value_or("[]")) && good;
        say("gates", row[5].value_or("").empty() ? "all open" : "closed: " + *row[5]);
        say("mode", row[8].value_or("?") + (row[8] == "live" ? "" : ": what follows is what live would do"));
        say("trigger",
            row[6].value_or("?") + (row[6] == "on" ? "" : " (approvals are answered 503 until it is turned on)"));
        if (!good)
            say("STOP", "a live approval would be refused or held here");
        confirmation_ = row[10].value_or("");
        return good ? std::optional(known_seat{row[0].value_or(""), row[1].value_or("")}) : std::nullopt;
    }

    asio::awaitable<bool> look(vendors& outside, const known_seat& seat, read_only_wire& wire)
    {
        step("revoke");
        const auto app = outside.find_app(what_.app);
        if (!app) {
            say("STOP", "the configuration has no [apps." + what_.app + "]");
            co_return false;
        }
        if (const auto trouble = co_await app->connector->health(async::steady::now() + 10s); !trouble.empty()) {
            say("STOP", "connector " + app->connector_name + ": " + trouble);
            co_return false;
        }
        const auto whose = target_of(*app, what_.seat, seat.subject, seat.email);
        const connectors::operation by{"sample", 0};
        const auto got = co_await app->connector->look(whose, by, async::steady::now() + 10s);
        say("read", got.proof.operation + " answered " + std::to_string(got.proof.status));
        const bool held = std::holds_alternative<connectors::held>(got.what);
        absent_ = std::holds_alternative<connectors::already_absent>(got.what);
        if (!held && !absent_) {
            say("STOP", "the vendor's answer does not allow a removal" + why_of(got.what));
            co_return false;
        }
        if (absent_) {
            say("live", "would record already_absent: the subject does not hold the seat");
            co_return true;
        }
        wire.hold_back();
        const auto unsent = co_await app->connector->remove(whose, by, async::steady::now() + 10s);
        if (!wire.first_caught()) {
            say("STOP", "the removal cannot be written" + why_of(unsent.what));
            co_return false;
        }
        say("live", "would send this now, then read the seat back");
        say("call", describe(*wire.first_caught()));
        co_return true;
    }

    void tell(const vendors& outside, const known_seat& seat)
    {
        const std::string outcome = absent_ ? "already_absent" : "removed";
        step("record");
        say("live", "would write " + outcome +
                        " with approver, times, operation and the vendor's answer, the ticket and "
                        "the confirmation in one transaction");
        step("ticket");
        if (const auto* form = outside.find_app(what_.app)->ticket) {
            const delivery::ticket_fields fields{{"app", what_.app},           {"seat", what_.seat},
                                                 {"subject", seat.subject},    {"email", seat.email},
                                                 {"approver", what_.approver}, {"approval_id", "sample"},
                                                 {"outcome", outcome},         {"job_id", "0"}};
            const auto frozen = form->freeze(crypto::uuid_v4(), fields,
                                             std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()));
            const auto parsed = json::document::parse(frozen.frozen_json);
            say("title", std::string(parsed ? parsed->at("/issue/title").string().value_or("") : ""));
            say("text", std::string(parsed ? parsed->at("/issue/description").string().value_or("") : ""));
            if (const auto link = parsed ? parsed->at("/attachment/url").string() : std::nullopt)
                say("link", std::string(*link));
        } else {
            say("live", "no [linear] section: no ticket would be opened");
        }
        step("confirm");
        for (const auto& one : settings_.confirmation.endpoints)
            say("live", "an approval from " + one.name + " would be confirmed to " + one.url);
        say("body", confirmation_);
        if (absent_)
            say("", "with outcome already_absent");
    }

private:
    void step(const std::string& name) { std::cout << '\n' << ++number_ << ". " << name << '\n'; }
    static void say(const std::string& label, const std::string& text)
    {
        std::cout << "   " << label << std::string(label.size() < 8 ? 8 - label.size() : 1, ' ');
        for (const char c : text)
            std::cout << (c == '\n' ? "\n           " : std::string(1, c));
        std::cout << '\n';
    }
    static void say_numbers(const std::string& json_text)
    {
        const auto numbers = json::document::parse(json_text);
        if (!numbers)
            return;
        for (const auto& [name, value] : numbers->root().members())
            say("number", std::string(name) + "=" + std::string(value.string().value_or(value.serialize())));
    }
    // Whether each has a unit left.
    static bool say_budgets(const std::string& json_text)
    {
        const auto budgets = json::document::parse(json_text);
        bool good = true;
        for (const auto& one : budgets ? budgets->root().elements() : std::vector<json::value>()) {
            const auto used = one["used"].integer().value_or(0);
            const auto max = one["max"].integer();
            good = good && max && used < *max;
            say("budget", std::to_string(one["budget"].integer().value_or(0)) + ": " + std::to_string(used) + " of " +
                              (max ? std::to_string(*max) : "an unknown number") + " spent");
        }
        return good;
    }
    static std::string why_of(const connectors::outcome& what)
    {
        return std::visit(
            [](const auto& one) -> std::string {
                if constexpr (requires { one.why; })
                    return ": " + one.why;
                else
                    return "";
            },
            what);
    }

    const options& settings_;
    const sample_request& what_;
    int number_ = 0;
    bool absent_ = false;
    std::string confirmation_;
};

}  // namespace

int sample(const std::string& config_path, const sample_request& what)
{
    const auto settings = read_config(config_path);
    std::cout << "A sample approval by " << what.approver << " for seat " << what.seat << " of " << what.app
              << ". Nothing is changed anywhere; the vendor is only read.\n";
    rehearsal play(settings, what);
    const auto seat = play.weigh();
    if (!seat)
        return 1;
    asio::io_context loop(1);
    read_only_wire wire;
    vendors outside(loop.get_executor(), settings,
                    [&](connectors::exchange real) { return wire.around(std::move(real)); });
    bool good = false;
    std::exception_ptr failure;
    auto whole = [&]() -> asio::awaitable<void> {
        good = co_await play.look(outside, *seat, wire);
        if (good)
            play.tell(outside, *seat);
        outside.close();
    };
    asio::co_spawn(loop, whole, [&](std::exception_ptr e) { failure = e; });
    loop.run();
    if (failure)
        std::rethrow_exception(failure);
    std::cout << (good ? "\nA live approval would run through.\n" : "\nA live approval would stop here.\n");
    return good ? 0 : 1;
}

}  // namespace reclaim::worker::commands
