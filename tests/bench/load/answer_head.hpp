#pragma once
// The little of an HTTP answer that the sender needs to know: its status, and where it ends.
#include <optional>
#include <string_view>

namespace load {

struct answer_head {
    int status = 0;
    std::size_t whole_bytes = 0;  // head and body
    bool keep_alive = true;
};

// Nothing yet when the head is not complete. Throws std::runtime_error for what is no answer, or one without a length.
std::optional<answer_head> read_head(std::string_view received);

}  // namespace load
