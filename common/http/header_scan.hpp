#pragma once
// The gate in front of the parser: decides from the raw bytes of a header block whether any two HTTP implementations
// could read it differently, and refuses it if so. Pure functions; what they accept is handed to Beast, what they
// refuse is not.
#include "common/base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace reclaim::http {

struct refusal {
    // A constructor: as an aggregate it could be made from a lone number, and result<std::size_t, refusal> would be
    // ambiguous.
    constexpr refusal() = default;
    constexpr refusal(unsigned with, std::string_view reason) : status(with), why(reason) {}

    unsigned status = 400;
    std::string_view why;  // a literal
};

struct head_limits {
    std::size_t header_bytes_max = 8192;
    std::size_t header_fields_max = 64;
    std::size_t target_bytes_max = 1024;
    std::size_t body_bytes_max = 65536;
};

// What the connection must know before it has the body. No views: the buffer below may move while the body arrives.
struct request_head {
    std::size_t bytes = 0;  // of the block, the empty line included
    std::size_t fields = 0;
    std::size_t body_bytes = 0;
    bool close = false;  // the client asked for it
    bool expects_continue = false;
    bool without_answer_body = false;  // HEAD
};

// The size of the header block at the start of bytes, its empty line included; 0 while that line has not come. Every
// line end and character is checked on the way, so that a peer speaking something else is told at once, not by a
// time-out. checked remembers, between calls with more of the same bytes, how far the check has come; it starts at 0.
result<std::size_t, refusal> find_block_end(std::string_view bytes, std::size_t& checked, const head_limits& limits);

// Judges a whole block. hosts: allowed Host values without port; empty allows any.
result<request_head, refusal> scan_head(std::string_view block, const head_limits& limits,
                                        std::span<const std::string> hosts);

}  // namespace reclaim::http
