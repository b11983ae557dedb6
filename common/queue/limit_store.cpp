#include "common/queue/limit_store.hpp"

#include "common/queue/lease_columns.hpp"

#include <array>
#include <cstdio>

namespace reclaim::queue {
namespace {

// Numbers that may be null or have a fraction travel as text.
constexpr pg::statement take_permits_sql{"take_permits",
                                         "select place, permit, wait_ms, denied from reclaim.take_permits($1, "
                                         "$2::double precision, $3, $4::int, $5::boolean[], "
                                         "$6, $7, $8)"};
constexpr pg::statement slow_connector_sql{
    "slow_connector", "select 1 from reclaim.slow_connector($1, extract(epoch from $2)::double precision, $3)"};
constexpr pg::statement report_trouble_sql{"report_trouble",
                                           "select reclaim.report_trouble($1, $2, $3, $4, $5, $6, $7)"};
constexpr pg::statement claim_probe_sql{"claim_probe", "select reclaim.claim_probe($1, $2)"};
constexpr pg::statement end_probe_sql{"end_probe", "select reclaim.end_probe($1, $2, $3, $4, $5)"};

std::string exact(double number)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.17g", number);
    return text.data();
}

}  // namespace

pg::call take_permits(const std::string& connector, const connector_limits& limits,
                      std::span<const permit_wanted> wanted, std::span<const std::int64_t> ended)
{
    pg::params with;
    with.add(connector)
        .add(null_if_empty(limits.rate ? exact(*limits.rate) : ""))
        .add(limits.burst)
        .add(null_if_empty(limits.concurrency ? std::to_string(*limits.concurrency) : ""));
    add_column(with, wanted, [](const permit_wanted& w) { return w.starts ? 1 : 0; });
    add_column(with, wanted, [](const permit_wanted& w) { return null_if_empty(w.subject); });
    add_column(with, wanted, [](const permit_wanted& w) { return std::optional(w.time_left); });
    with.add(ended);
    return {&take_permits_sql, std::move(with)};
}

permits_answer read_permits(const pg::rows& answer, std::size_t wanted)
{
    permits_answer out;
    out.given.resize(wanted);
    for (int row = 0; row < answer.size(); ++row) {
        const auto place = static_cast<std::size_t>(answer.integer(row, 0));
        const auto wait = answer.optional_integer(row, 2);
        if (place == 0) {
            out.woken = answer.integer(row, 1);
            if (wait)
                out.look_again = std::chrono::milliseconds(*wait);
            continue;
        }
        permit_given& one = out.given.at(place - 1);
        const auto denied = answer.optional_text(row, 3);
        one.denied = denied.has_value();
        one.subject_busy = denied == "subject";
        one.permit = answer.optional_integer(row, 1).value_or(0);
        one.wait = std::chrono::milliseconds(wait.value_or(0));
    }
    return out;
}

pg::call slow_connector(const std::string& connector, microseconds gap, microseconds wait)
{
    pg::params with;
    with.add(connector).add(gap).add(wait);
    return {&slow_connector_sql, std::move(with)};
}

pg::call report_trouble(const std::string& connector, int failures, bool anew, const breaker_settings& settings,
                        const std::string& why)
{
    pg::params with;
    with.add(connector).add(failures).add(anew).add(settings.failures_max);
    with.add(microseconds(settings.base)).add(microseconds(settings.cap)).add(why);
    return {&report_trouble_sql, std::move(with)};
}

std::optional<std::chrono::milliseconds> read_pause(const pg::rows& answer)
{
    const auto ms = answer.optional_integer(0, 0);
    return ms ? std::optional(std::chrono::milliseconds(*ms)) : std::nullopt;
}

pg::call claim_probe(const std::string& connector, microseconds lease)
{
    pg::params with;
    with.add(connector).add(lease);
    return {&claim_probe_sql, std::move(with)};
}

pg::call end_probe(const std::string& connector, bool well, const breaker_settings& settings, const std::string& why)
{
    pg::params with;
    with.add(connector).add(well).add(microseconds(settings.base)).add(microseconds(settings.cap)).add(why);
    return {&end_probe_sql, std::move(with)};
}

}  // namespace reclaim::queue
