#include "tally.hpp"

#include <algorithm>
#include <cerrno>
#include <sstream>
#include <system_error>

#include <sys/resource.h>

namespace load {

namespace {

constexpr int accepted = 202;

double own_cpu_seconds()
{
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

struct tally::figures {
    std::uint64_t requests = 0;
    double seconds = 0, accepted_per_second = 0, cpu_us = 0;
    double p50_ms = 0, p90_ms = 0, p99_ms = 0, max_ms = 0;
};

tally::tally(const std::string& log)
{
    if (log.empty())
        return;
    log_.reset(std::fopen(log.c_str(), "a"));
    if (!log_)
        throw std::system_error(errno, std::generic_category(), log);
}

void tally::add(const request& what, const answered& how)
{
    ++statuses_[how.status];
    if (how.status != no_answer)
        latencies_us_.push_back(static_cast<std::uint32_t>(how.answered_at_us - how.sent_at_us));
    first_us_ = first_us_ == 0 ? how.sent_at_us : std::min(first_us_, how.sent_at_us);
    last_us_ = std::max(last_us_, how.answered_at_us);
    if (log_)
        std::fprintf(log_.get(),
                     "{\"req_no\":%llu,\"webhook_id\":\"%s\",\"approval_id\":\"%s\",\"body_sha256\":\"%s\","
                     "\"sent_at_us\":%lld,\"answered_at_us\":%lld,\"status\":%d}\n",
                     static_cast<unsigned long long>(what.number), what.webhook_id.c_str(), what.approval_id.c_str(),
                     sha256_hex(what.body()).c_str(), static_cast<long long>(how.sent_at_us),
                     static_cast<long long>(how.answered_at_us), how.status);
}

tally::figures tally::sum() const
{
    figures out;
    for (const auto& [status, count] : statuses_)
        out.requests += count;
    if (out.requests == 0)
        return out;
    out.seconds = static_cast<double>(last_us_ - first_us_) / 1e6;
    const auto good = statuses_.find(accepted);
    if (good != statuses_.end() && out.seconds > 0)
        out.accepted_per_second = static_cast<double>(good->second) / out.seconds;
    out.cpu_us = own_cpu_seconds() * 1e6 / static_cast<double>(out.requests);
    auto sorted = latencies_us_;
    std::sort(sorted.begin(), sorted.end());
    const auto percentile = [&](double share) {
        if (sorted.empty())
            return 0.0;
        return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))] / 1e3;
    };
    out.p50_ms = percentile(0.50);
    out.p90_ms = percentile(0.90);
    out.p99_ms = percentile(0.99);
    out.max_ms = percentile(1.0);
    return out;
}

std::string tally::as_json() const
{
    const figures all = sum();
    std::ostringstream out;
    out << "{\"requests\":" << all.requests << ",\"seconds\":" << all.seconds
        << ",\"accepted_per_second\":" << all.accepted_per_second << ",\"statuses\":{";
    for (auto it = statuses_.begin(); it != statuses_.end(); ++it)
        out << (it == statuses_.begin() ? "" : ",") << '"' << it->first << "\":" << it->second;
    out << "},\"p50_ms\":" << all.p50_ms << ",\"p90_ms\":" << all.p90_ms << ",\"p99_ms\":" << all.p99_ms
        << ",\"max_ms\":" << all.max_ms << ",\"own_cpu_us_per_request\":" << all.cpu_us << "}\n";
    return out.str();
}

std::string tally::as_text() const
{
    const figures all = sum();
    std::ostringstream out;
    out.precision(1);
    out << std::fixed << all.requests << " requests in " << all.seconds << " s:";
    for (const auto& [status, count] : statuses_)
        out << ' ' << (status == no_answer ? "no answer" : std::to_string(status)) << " x " << count << ',';
    out << ' ' << all.accepted_per_second << " accepted/s\n";
    out.precision(2);
    out << "latency ms: p50 " << all.p50_ms << ", p90 " << all.p90_ms << ", p99 " << all.p99_ms << ", max "
        << all.max_ms << "; own CPU " << all.cpu_us << " us/request\n";
    return out.str();
}

bool tally::every_one_accepted() const
{
    return statuses_.size() == 1 && statuses_.begin()->first == accepted;
}

}  // namespace load
