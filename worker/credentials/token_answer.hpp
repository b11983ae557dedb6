#pragma once
// What a token endpoint's answer means. Pure, so that each documented answer is one line of a test.
#include "common/base/error.hpp"
#include "common/base/secret.hpp"
#include "common/http/message.hpp"
#include "worker/credentials/credential.hpp"
#include "worker/credentials/grant.hpp"

#include <chrono>

namespace reclaim::credentials {

struct granted {
    secret token;
    std::chrono::seconds lifetime{0};  // from the moment it was asked for
};

// An answer that names the trouble is refused; one that shows only that something is broken on the way or over there is
// for later. The words of the issuer go into `why`, without whatever we sent to it.
result<granted, unavailable> read_token_answer(const grant_settings& asked, const http::response& got,
                                               std::chrono::system_clock::time_point now);

// How far the issuer's clock is ahead of `now`, from the answer's Date; nothing when it does not tell.
std::optional<std::chrono::seconds> clock_difference(const http::response& got,
                                                     std::chrono::system_clock::time_point now);

}  // namespace reclaim::credentials
