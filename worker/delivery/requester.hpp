#pragma once
// Sends confirmations to requesters: frozen bytes, a stable message id, a fresh timestamp and signature for each
// attempt. At least once is the contract, so a lost answer is simply tried again; the receiver recognises the id.
#include "worker/connectors/exchange.hpp"
#include "worker/delivery/message_format.hpp"
#include "worker/delivery/signature.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace reclaim::delivery {

// Whether the addresses of an endpoint's name are judged when connecting: always, unless whoever wrote the
// configuration has named the place.
enum class reach { public_addresses, any_address };

// Where a confirmation goes, in which form, and how it is signed. Made by callback_policy.
struct endpoint {
    http::origin to;
    std::string target = "/";                  // path and query
    std::shared_ptr<const signing_keys> keys;  // null: not signed, for an endpoint that verifies nothing
    message_format format = message_format::standard;
    reach allowed = reach::public_addresses;
};

struct delivered {
    unsigned status = 0;
};
struct gone {};  // 410: the receiver wants no more; stop and mark the destination disabled
struct try_again {
    std::string why;
    std::optional<std::chrono::milliseconds> wait;  // when the receiver named one; else the schedule decides
};
struct undelivered {  // no byte left; try again on the schedule
    std::string why;
};

using delivery_answer = std::variant<delivered, gone, try_again, undelivered>;

// Pure: what a receiver's answer means.
delivery_answer read_receipt(const http::response& got, std::chrono::system_clock::time_point now);

class requester {
public:
    // Two ways out: one connects to public addresses only, the other to any.
    requester(connectors::exchange to_public, connectors::exchange to_any)
        : to_public_(std::move(to_public)),
          to_any_(std::move(to_any))
    {}

    // Sends the endpoint's form of a confirmation's frozen bytes.
    // `now` is the database's time: receivers refuse a timestamp that is minutes off. Throws std::invalid_argument when
    // the message id holds a '.', which would make the signed bytes ambiguous.
    boost::asio::awaitable<delivery_answer> post(endpoint to, std::string message_id, std::string frozen,
                                                 std::chrono::system_clock::time_point now,
                                                 async::steady::time_point deadline);

private:
    connectors::exchange to_public_;
    connectors::exchange to_any_;
};

}  // namespace reclaim::delivery
