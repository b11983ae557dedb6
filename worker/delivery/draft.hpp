#pragma once
// A paragraph for the ticket, written by a language model, where the operator wants one. It decides nothing and is
// shown as what it is: asked for once, before the ticket's first try, within a short time; made harmless as any value
// is; stored with the frozen ticket. Without it, whatever the reason, the ticket is sent all the same.
#include "worker/connectors/exchange.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace reclaim::delivery {

struct draft_settings {
    http::origin to;  // "/v1/chat/completions" is appended
    std::optional<connectors::credential> with;
    std::string model;
    std::string prompt;  // with the fields of a ticket, as they are: all that the model gets to see
    std::chrono::milliseconds time_max{3000};
    std::size_t bytes_max = 2000;  // of the paragraph; longer ones are cut
};

// What of a frozen ticket goes to the model; nothing when it wants no draft, or has been settled.
std::optional<std::string> find_prompt(std::string_view frozen_json);
// The same ticket, final: with that paragraph below its description, or without one ("").
std::string settle(std::string_view frozen_json, std::string_view paragraph);

struct drafted {
    std::string text;
    std::string why_none{};  // where the text is empty
};
// Text out of an answer.
drafted read_draft(const http::response& got, std::size_t bytes_max);

class drafter {
public:
    drafter(connectors::exchange send, draft_settings how);
    void use(std::optional<connectors::credential> with) { how_.with = std::move(with); }

    // "": none. After a failure nothing is asked for a minute, and never more than a few drafts are asked for at once,
    // so that an endpoint in trouble costs few tickets their time.
    boost::asio::awaitable<std::string> ask(std::string prompt, async::steady::time_point deadline);

private:
    connectors::exchange send_;
    draft_settings how_;
    async::steady::time_point not_before_{};
    int under_way_ = 0;
};

}  // namespace reclaim::delivery
