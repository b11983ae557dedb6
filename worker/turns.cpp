#include "worker/turns.hpp"

#include "common/log/logger.hpp"

#include <algorithm>

namespace reclaim::worker {
namespace {

using namespace std::chrono_literals;
using connectors::no_room;
using connectors::pass;

constexpr auto answer_time = 5s;
// A call is sent within this time of its turn, so that it is at the vendor within reclaim.calls_arrive_within().
constexpr auto sent_within = 150ms;
constexpr auto least_time = 200ms;  // less is not worth a call
constexpr std::chrono::milliseconds look_at_least =
    5s;                                 // at jobs that wait: another worker may have put them back and died
constexpr std::size_t wants_max = 500;  // in one statement

}  // namespace

struct turns::want {
    want(asio::any_io_executor executor, bool begins, std::string whom, steady::time_point until)
        : starts(begins),
          subject(std::move(whom)),
          deadline(until),
          answer(std::move(executor))
    {}
    struct given {
        pass leave;
        steady::time_point from;
    };
    bool starts;
    std::string subject;
    steady::time_point deadline;
    steady::time_point ask_at = steady::time_point::min();
    async::later<std::variant<given, no_room>> answer;
};

class turns::line : public connectors::turnstile {
public:
    line(turns& owner, std::string connector, const connectors::call_limits& limits)
        : name(std::move(connector)),
          limits_(limits),
          owner_(owner)
    {
        if (limits.rate.value_or(0) > 0)
            told.rate = limits.rate;
        told.burst = limits.burst_or_default();
        if (limits.concurrency.value_or(0) > 0)
            told.concurrency = limits.concurrency;
        if (told.rate || told.concurrency)
            look_again = steady::now();
    }

    bool limited() const override { return limits_.any() || steady::now() < slow_until; }

    // Told to the others when it is news: in a new window, or when calls have to be clearly further apart.
    void slow_down(const connectors::slowdown& slow) override
    {
        const auto now = steady::now();
        if (now < slow_until && slow.gap < told_gap_ * 5 / 4)
            return;
        told_gap_ = slow.gap;
        slow_until = std::max(slow_until, now + slow.wait);
        slow_news = slow;
        owner_.work_->notify();
    }

    asio::awaitable<std::variant<pass, no_room>> begin(const connectors::variables& of,
                                                       steady::time_point deadline) override
    {
        if (!limited())
            co_return pass(deadline, deadline, {});
        auto answer = co_await ask(true, of, deadline);
        if (auto* given = std::get_if<want::given>(&answer))
            co_return std::move(given->leave);
        co_return std::get<no_room>(answer);
    }

    void put_back(const no_room& why) override
    {
        look_again = std::min(look_again, steady::now() + why.wait);
        owner_.work_->notify();
    }

    asio::awaitable<std::optional<pass>> enter(const connectors::variables& of, steady::time_point deadline) override
    {
        while (limited()) {
            auto answer = co_await ask(false, of, deadline);
            auto* given = std::get_if<want::given>(&answer);
            if (!given)
                co_return std::nullopt;
            if (given->from > steady::now()) {
                asio::steady_timer turn(co_await asio::this_coro::executor, given->from);
                co_await turn.async_wait(asio::use_awaitable);
            }
            if (given->leave.good_at(steady::now()))
                co_return std::move(given->leave);
        }
        co_return pass(deadline, deadline, {});
    }

    void heard(bool well, const std::string& why) override { owner_.on_.heard(name, well, why); }

    steady::time_point due() const
    {
        auto first = look_again;
        for (const auto& one : wants)
            first = std::min({first, one->ask_at, one->deadline});
        return ended->empty() && !slow_news ? first : steady::time_point::min();
    }

    const std::string name;
    queue::connector_limits told;
    std::vector<std::shared_ptr<want>> wants;
    std::shared_ptr<std::vector<std::int64_t>> ended = std::make_shared<std::vector<std::int64_t>>();
    steady::time_point look_again = steady::time_point::max();
    steady::time_point slow_until = steady::time_point::min();
    std::optional<connectors::slowdown> slow_news;  // to be told

private:
    asio::awaitable<std::variant<want::given, no_room>> ask(bool starts, const connectors::variables& of,
                                                            steady::time_point deadline)
    {
        const auto whom = of.find(limits_.one_call_per);
        auto mine = std::make_shared<want>(owner_.executor_, starts, whom == of.end() ? "" : whom->second, deadline);
        wants.push_back(mine);
        owner_.work_->notify();
        co_return co_await mine->answer.wait();
    }

    connectors::call_limits limits_;
    turns& owner_;
    std::chrono::milliseconds told_gap_{0};
};

turns::turns(asio::any_io_executor executor, pg::connect_options database, hooks on)
    : executor_(executor),
      session_(executor, std::move(database)),
      on_(std::move(on)),
      work_(std::make_shared<async::wakeup>(executor))
{}

turns::~turns() = default;

connectors::turnstile& turns::at(const std::string& connector, const connectors::call_limits& limits)
{
    return *lines_.emplace(connector, std::make_unique<line>(*this, connector, limits)).first->second;
}

void turns::stop()
{
    stopping_ = true;
    work_->notify();
}

void turns::look(const std::vector<queue::connector_news>& news)
{
    for (const auto& one : news) {
        const auto at = lines_.find(one.connector);
        if (at != lines_.end() && one.slow_for)
            at->second->slow_until = std::max(at->second->slow_until, steady::now() + *one.slow_for);
    }
}

asio::awaitable<void> turns::run()
{
    for (;;) {
        auto next = steady::time_point::max();
        for (auto& [name, at] : lines_) {
            if (stopping_ && at->ended->empty())
                continue;
            if (const auto slow = std::exchange(at->slow_news, std::nullopt))
                co_await tell(*at, *slow);
            if (at->due() <= steady::now())
                co_await ask(*at);
            next = std::min(next, at->due());
        }
        if (stopping_ &&
            std::all_of(lines_.begin(), lines_.end(), [](const auto& l) { return l.second->ended->empty(); }))
            break;
        co_await work_->wait_until(std::min(next, steady::now() + 1s));
    }
    session_.close();
}

asio::awaitable<void> turns::tell(line& at, connectors::slowdown slow)
{
    std::string why;
    try {
        const auto news = queue::slow_connector(at.name, slow.gap, slow.wait);
        co_await session_.query(*news.what, news.with, steady::now() + answer_time);
        log::info("connector_slowed",
                  {{"connector", at.name}, {"gap_ms", slow.gap.count()}, {"for_ms", slow.wait.count()}});
    } catch (const std::exception& e) {
        why = e.what();  // the next answer says it again, or the vendor asks for a pause
    }
    if (!why.empty())
        log::warn("turns_delayed", {{"connector", at.name}, {"why", why}});
}

asio::awaitable<void> turns::ask(line& at)
{
    const auto now = steady::now();
    std::vector<std::shared_ptr<want>> asking;
    std::vector<queue::permit_wanted> wanted;
    const bool room_was_made = !at.ended->empty();
    std::erase_if(at.wants, [&](const auto& one) {
        if (one.use_count() > 1 && one->deadline - now >= least_time)
            return false;
        one->answer.set(no_room{false, 0ms});
        return true;
    });
    for (const auto& one : at.wants) {
        if ((one->ask_at > now && !room_was_made) || asking.size() == wants_max)
            continue;
        asking.push_back(one);
        wanted.push_back(
            {one->starts, one->subject, std::chrono::duration_cast<std::chrono::microseconds>(one->deadline - now)});
    }
    const auto giving_back = std::exchange(*at.ended, {});
    at.look_again = steady::time_point::max();  // what is put back from here on may be news to the answer
    queue::permits_answer got;
    std::string why;
    try {
        const auto question = queue::take_permits(at.name, at.told, wanted, giving_back);
        got = queue::read_permits(co_await session_.query(*question.what, question.with, now + answer_time),
                                  wanted.size());
    } catch (const std::exception& e) {
        why = e.what();
    }
    const auto answered = steady::now();
    if (!why.empty()) {
        // What was given and not heard of counts until its time is over. What was given back may be given back twice.
        log::warn("turns_delayed", {{"connector", at.name}, {"why", why}});
        at.ended->insert(at.ended->end(), giving_back.begin(), giving_back.end());
        for (const auto& one : asking)
            one->ask_at = answered + 100ms;
        at.look_again = std::min(at.look_again, answered + 1s);
        asio::steady_timer pause(executor_, std::max(session_.next_attempt(), answered + 20ms));
        co_await pause.async_wait(asio::use_awaitable);
        co_return;
    }
    for (std::size_t i = 0; i < asking.size(); ++i) {
        auto& one = *asking[i];
        const auto& given = got.given[i];
        if (given.denied && !one.starts) {
            one.ask_at = answered + given.wait;
            continue;
        }
        std::erase(at.wants, asking[i]);
        if (given.denied) {
            one.answer.set(no_room{given.subject_busy, given.wait});
            continue;
        }
        std::function<void()> give_back;
        if (given.permit != 0)
            give_back = [permit = given.permit, to = std::weak_ptr(at.ended), wake = std::weak_ptr(work_)] {
                if (const auto list = to.lock())
                    list->push_back(permit);
                if (const auto run = wake.lock())
                    run->notify();
            };
        // From the answer on it cannot be too early; counted from the question it cannot be too late.
        one.answer.set(want::given{pass(now + given.wait + sent_within, one.deadline, std::move(give_back)),
                                   answered + given.wait});
    }
    if (got.look_again || at.told.rate || at.told.concurrency)
        at.look_again =
            std::min(at.look_again,
                     answered + std::min<steady::duration>(got.look_again.value_or(look_at_least), look_at_least));
    if (got.woken > 0)
        on_.woken();
}

}  // namespace reclaim::worker
