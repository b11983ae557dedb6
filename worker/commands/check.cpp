#include "common/pg/error.hpp"
#include "common/pg/script.hpp"
#include "common/queue/migrate.hpp"
#include "worker/commands/commands.hpp"
#include "worker/vendors.hpp"

#include <cmath>
#include <iostream>

namespace reclaim::worker::commands {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

class report {
public:
    void good(const std::string& what) { std::cout << "ok       " << what << '\n'; }
    void bad(const std::string& what, const std::string& fix)
    {
        std::cout << "PROBLEM  " << what << "\n         fix: " << fix << '\n';
        ++problems_;
    }
    int problems() const { return problems_; }

private:
    int problems_ = 0;
};

void check_clock(pg::script& database, report& to)
{
    const auto asked = std::chrono::system_clock::now();
    const auto text = *database.rows("select extract(epoch from clock_timestamp())").at(0).at(0);
    const double ours = std::chrono::duration<double>(asked.time_since_epoch()).count();
    const double apart = std::abs(std::stod(text) - ours);
    if (apart > 2)
        to.bad("this machine's clock and the database's are " + std::to_string(apart) + " s apart", "run NTP on both");
    else
        to.good("clock within 2 s of the database's");
}

void check_database(const options& settings, report& to)
{
    try {
        pg::script database(settings.database.conninfo, "reclaim-worker check");
        to.good("the database answers as " + *database.rows("select current_user").at(0).at(0));
        check_clock(database, to);
        const auto version = database.rows("select max(version) from reclaim.migration").at(0).at(0).value_or("0");
        if (std::stoi(version) != queue::schema_version())
            to.bad("the schema is at version " + version + ", this program needs " +
                       std::to_string(queue::schema_version()),
                   "run reclaim-worker migrate with the newer of the two programs");
        else
            to.good("schema version " + version);
        for (const auto& row : database.rows("select problem, fix from reclaim.health_check()"))
            to.bad(row.at(0).value_or(""), row.at(1).value_or(""));
        const auto gates = database.rows("select closed_gates, trigger from reclaim.queue_health").at(0);
        to.good("trigger is " + gates.at(1).value_or("?") + ", closed gates: " + gates.at(0).value_or("none"));
    } catch (const pg::error& e) {
        const bool no_schema = e.sqlstate == "42P01" || e.sqlstate == "3F000";
        const bool no_right = e.sqlstate == "42501";
        to.bad(e.what(), no_schema  ? "run reclaim-worker migrate as a superuser of this database"
                         : no_right ? "connect as reclaim_worker, or grant that role to this user"
                                    : "see the server's log");
    } catch (const pg::connection_lost& e) {
        to.bad(std::string("the database cannot be reached: ") + e.what(),
               "mend [database] conninfo, the server, or pg_hba.conf");
    }
}

asio::awaitable<void> check_vendors(vendors& outside, report& to)
{
    for (const auto& [name, connector] : outside.all_connectors()) {
        const auto trouble = co_await connector->health(async::steady::now() + 10s);
        if (trouble.empty())
            to.good("connector " + name + " answers and accepts our credential");
        else
            to.bad("connector " + name + ": " + trouble, "mend [connectors." + name + "] or the vendor's settings");
    }
    if (auto* linear = outside.linear()) {
        const auto trouble = co_await linear->health(async::steady::now() + 10s);
        if (trouble.empty())
            to.good("Linear accepts our key and sees the team");
        else
            to.bad("Linear: " + trouble, "mend [linear]");
    } else {
        to.good("no [linear] section: removals open no ticket");
    }
    outside.close();
}

}  // namespace

int check(const std::string& config_path)
{
    report to;
    const auto settings = read_config(config_path);
    to.good("configuration " + config_path);
    check_database(settings, to);
    asio::io_context loop(1);
    vendors outside(loop.get_executor(), settings);
    std::exception_ptr failure;
    asio::co_spawn(loop, check_vendors(outside, to), [&](std::exception_ptr e) { failure = e; });
    loop.run();
    if (failure)
        std::rethrow_exception(failure);
    std::cout << (to.problems() == 0 ? "nothing is wrong\n" : std::to_string(to.problems()) + " problem(s)\n");
    return to.problems() == 0 ? 0 : 1;
}

}  // namespace reclaim::worker::commands
