#pragma once
// Messages of ours to bytes. A name, value or target that could end its line early is refused here, so that no value
// from a webhook or a vendor can add a header or a second request.
#include "common/base/error.hpp"
#include "common/http/client.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace reclaim::http {

// The error says what cannot be sent.
result<std::string> encode_request(const origin& to, const request& what);

// The usual phrase of a status; empty for one we never send.
std::string_view reason(unsigned status);

enum class after { keep, close };       // what becomes of the connection
enum class answer_body { send, omit };  // omit: the request was HEAD

// Appends the answer to out; says what is wrong, and appends nothing, when a header of it cannot be sent.
result<void> append_answer(std::string& out, const response& answer, after then, answer_body body,
                           std::chrono::system_clock::time_point now);

}  // namespace reclaim::http
