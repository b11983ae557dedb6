#pragma once
// Where the next page of a look is. A link in an answer is the vendor's word, and is followed only to the place we were
// sent to: anywhere else it would carry our credential away.
#include "common/http/client.hpp"
#include "worker/connectors/call.hpp"

#include <optional>
#include <string>

namespace reclaim::connectors {

struct bad_link {
    bad_link() = default;
    explicit bad_link(const char* what) : why(what) {}
    std::string why;
};

// The target of the next request, "" when this was the last page; the error says what is wrong with the link.
// `first` is the target of the first page, to which a cursor is added.
result<std::string, bad_link> find_next(const next_page& how, const http::response& got, const http::origin& from,
                                        const std::string& first);

}  // namespace reclaim::connectors
