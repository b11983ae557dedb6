#pragma once
// Requests and answers as plain data, shared by the client and the server. Header names compare without case.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::http {

struct header {
    std::string name;
    std::string value;
};

using headers = std::vector<header>;

// The first value under that name; nothing when absent.
std::optional<std::string_view> find(const headers& in, std::string_view name);
std::size_t count(const headers& in, std::string_view name);

struct request {
    std::string method;
    std::string target;  // origin form: path and query, already percent-encoded
    http::headers headers;
    std::string body;
};

struct response {
    unsigned status = 0;
    http::headers headers;
    std::string body;
};

}  // namespace reclaim::http
