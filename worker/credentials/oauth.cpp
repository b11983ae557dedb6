#include "worker/credentials/oauth.hpp"

#include "common/crypto/digest.hpp"
#include "common/log/logger.hpp"
#include "worker/credentials/token_answer.hpp"

#include <algorithm>

namespace reclaim::credentials {

using async::steady;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds request_time_max = 10s;
// A token is renewed so long before its end, or a fifth of its life where that is shorter, that a call which takes its
// time does not outlive it.
constexpr std::chrono::seconds margin_max = 5min;
// Between two tries while the old token is still good, unless the issuer asks for more.
constexpr std::chrono::seconds renewal_pause = 10s;
// Less than issuers allow for, more than a Date header is off by.
constexpr std::chrono::seconds clock_tolerance = 30s;

// A flag that is down again whatever ends the coroutine.
class raised {
public:
    explicit raised(bool& flag) : flag_(flag) { flag_ = true; }
    ~raised() { flag_ = false; }
    raised(const raised&) = delete;
    raised& operator=(const raised&) = delete;

private:
    bool& flag_;
};

}  // namespace

oauth::oauth(grant_settings how, connectors::exchange send, clocks by)
    : how_(std::move(how)),
      send_(std::move(send)),
      clocks_(std::move(by))
{}

oauth::oauth(grant_settings how, connectors::exchange send) : oauth(std::move(how), std::move(send), clocks()) {}

presented oauth::shown() const
{
    return {{"Authorization", "Bearer " + std::string(token_->text.reveal())}, edition_};
}

bool oauth::is_good(steady::time_point token::* until) const
{
    return token_ && clocks_.steady() < (*token_).*until;
}

bool oauth::rejected(int edition)
{
    if (edition == edition_)
        token_.reset();
    return true;
}

asio::awaitable<result<presented, unavailable>> oauth::present(steady::time_point deadline)
{
    if (is_good(&token::renew_at) || (renewing_ && is_good(&token::ends_at)))
        co_return shown();
    const int before = renewals_;
    const auto turn = co_await turn_.take(deadline);
    if (!turn)
        co_return unavailable{unavailable::kind::later, "the token endpoint did not answer in time"};
    if (is_good(&token::renew_at))
        co_return shown();
    // Whoever waited for a renewal shares its failure too: a crowd must not ask one after the other.
    std::optional<unavailable> trouble = last_trouble_;
    if (renewals_ == before || !trouble) {
        const raised flag(renewing_);
        trouble = co_await renew(deadline);
    }
    if (is_good(&token::ends_at))
        co_return shown();  // the new one, or the old one where the issuer is away for a moment
    if (trouble)
        co_return std::move(*trouble);
    co_return unavailable{unavailable::kind::later, "the token ended before it could be used"};
}

asio::awaitable<std::optional<unavailable>> oauth::renew(steady::time_point deadline)
{
    const auto asked_at = clocks_.steady();
    const auto limit = std::min(deadline, steady::now() + request_time_max);
    auto got = co_await ask(limit);
    std::optional<unavailable> trouble;
    if (!got)
        trouble = unavailable{unavailable::kind::later, "the token endpoint: " + got.error().why};
    else if (auto read = read_token_answer(how_, *got, clocks_.wall())) {
        const auto margin = std::min<steady::duration>(margin_max, steady::duration(read->lifetime) / 5);
        token_ = token{std::move(read->token), asked_at + read->lifetime - margin, asked_at + read->lifetime};
        ++edition_;
        log::info("token_fetched", {{"from", how_.to.host}, {"lifetime_s", static_cast<int>(read->lifetime.count())}});
    } else {
        trouble = read.error();
    }
    if (trouble) {
        log::warn("token_not_fetched", {{"from", how_.to.host}, {"why", trouble->why}});
        if (token_)
            token_->renew_at = std::min(token_->ends_at, clocks_.steady() + trouble->wait.value_or(renewal_pause));
    }
    // A caller that had no time left learned nothing about the issuer, so nobody shares that.
    const bool cut_short = !got && limit == deadline && steady::now() >= deadline;
    if (!cut_short) {
        ++renewals_;
        last_trouble_ = trouble;
    }
    co_return trouble;
}

// Sends it once more only where the issuer may have refused nothing but our clock.
asio::awaitable<result<http::response, http::failure>> oauth::ask(steady::time_point deadline)
{
    for (bool again = false;; again = true) {
        const auto theirs = std::chrono::floor<std::chrono::seconds>(clocks_.wall()) + ahead_;
        auto got = co_await send_(how_.to, write_token_request(how_, theirs, crypto::uuid_v4()), deadline);
        if (!got || !how_.assertion)
            co_return std::move(got);
        const auto seen = clock_difference(*got, clocks_.wall());
        const bool off = seen && std::chrono::abs(*seen - ahead_) > clock_tolerance;
        if (off)
            ahead_ = *seen;
        if (again || !off || got->status < 400 || got->status >= 500)
            co_return std::move(got);
        log::warn("issuer_clock_apart", {{"from", how_.to.host}, {"ahead_s", static_cast<int>(ahead_.count())}});
    }
}

}  // namespace reclaim::credentials
