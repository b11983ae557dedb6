#pragma once
// What proves to a vendor who we are. Whoever sends a request asks for it just before, because it may have to be
// fetched or renewed first; nothing of it is ever logged or written to a table.
#include "common/async/deadline.hpp"
#include "common/base/error.hpp"
#include "common/http/message.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace reclaim::credentials {

namespace asio = boost::asio;

struct presented {
    http::header header;
    int edition = 0;  // tells it from the one that takes its place
};

struct unavailable {
    // refused: the issuer does not accept us, and no repeat will change that. later: it could not be asked, or says so.
    enum class kind { refused, later } what = kind::later;
    std::string why;                                     // for a person
    std::optional<std::chrono::milliseconds> wait = {};  // later: as long as the issuer asked for
};

class credential {
public:
    virtual ~credential() = default;

    // Before the deadline, whatever it takes.
    virtual asio::awaitable<result<presented, unavailable>> present(async::steady::time_point deadline) = 0;
    // The vendor answered 401 to this edition. True: present() has another to offer, or will fetch one.
    virtual bool rejected(int edition) = 0;
};

}  // namespace reclaim::credentials
