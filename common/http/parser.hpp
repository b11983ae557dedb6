#pragma once
// Beast's HTTP parser behind plain data. It is the only place that includes Beast: its templates cost a minute per
// file.
#include "common/base/error.hpp"
#include "common/http/message.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace reclaim::http {

// One request whose header block header_scan accepted, with its whole body and nothing behind it. The parser reads the
// framing again by its own rules; where the two readings differ there is no request, never a guess.
std::optional<request> parse_request(std::string_view bytes, std::size_t fields, std::size_t body_bytes_max);

// One answer, fed as it arrives. Interim (1xx) answers are passed over. Refused beside what Beast refuses: more than
// one Content-Length, Transfer-Encoding other than a single "chunked" or beside a Content-Length, a switch of
// protocols.
class answer_parser {
public:
    enum class body_rule { as_framed, none };  // none: the request was HEAD

    answer_parser(std::size_t body_bytes_max, body_rule rule);
    ~answer_parser();

    // Takes what it can from the front of bytes and returns how much; the rest must come again, with more behind it.
    result<std::size_t> feed(std::string_view bytes);
    // The peer closed in order. An error unless the answer is complete or was framed by the close.
    result<void> end_of_stream();

    bool done() const;
    bool reusable() const;  // done, and the peer keeps the connection open
    response take();

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace reclaim::http
