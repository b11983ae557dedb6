#pragma once
// A value that must never reach a log line, a table or a process title. It has no stream operator and no conversion to
// a string, so a logger cannot take it; whoever needs the bytes says reveal(), which is easy to search for.
#include <string>
#include <string_view>
#include <utility>

namespace reclaim {

class secret {
public:
    secret() = default;
    explicit secret(std::string bytes) : bytes_(std::move(bytes)) {}

    std::string_view reveal() const { return bytes_; }
    bool empty() const { return bytes_.empty(); }

private:
    std::string bytes_;
};

}  // namespace reclaim
