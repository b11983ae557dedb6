#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// One request and one answer as plain data, so that a vendor's rules never see a socket. The views of a request belong
// to the connection's read buffer, which outlives every use of them.
namespace sandbox {

struct request {
    std::string_view method;
    std::string_view target;
    std::vector<std::pair<std::string_view, std::string_view>> headers;
    std::string_view body;
    bool has_length = false;  // Content-Length or chunked: Okta insists that a POST says so
    bool path_ok = true;      // false: a percent escape was broken
    std::vector<std::string> path;
    std::string_view query;

    // Empty when absent; names compare without case.
    std::string_view header(std::string_view name) const;
    bool has_json_body() const;
};

struct answer {
    unsigned status = 200;
    std::string body = {};
    std::string_view content_type = "application/json";
    std::vector<std::pair<std::string_view, std::string>> headers = {};
};

// Fills path and query from target. Segments are decoded after splitting: an escaped slash stays inside its segment.
void split_target(request& r);
std::optional<std::string> percent_decode(std::string_view text);

// The bytes on the wire. declared_length differs from the body's only for an answer that is to be cut short.
std::string render(const answer& a, bool keep_alive, std::optional<std::size_t> declared_length = {});
std::string render_chunked_head(const answer& a);

std::int64_t epoch_us();
std::int64_t epoch_s();
std::string iso_time(std::int64_t us);  // 2026-02-02T11:15:32.000Z

}  // namespace sandbox
