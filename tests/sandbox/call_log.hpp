#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "call.hpp"

// The judge's record: one line per request, in the file before the first byte of the answer leaves, and a second line
// telling whether the answer left whole. A line that cannot be written ends the program: an unseen effect is worse.
namespace sandbox {

class call_log {
public:
    explicit call_log(const std::string& path);
    ~call_log();
    call_log(const call_log&) = delete;
    call_log& operator=(const call_log&) = delete;

    // status 0: no answer was, or will be, sent.
    void write(const call& c, const request& r, unsigned status);
    void replied(std::int64_t call_no, bool in_full);
    std::string ledger() const;

private:
    void append(std::string line);

    int file_;
    std::map<std::tuple<std::string, std::string_view, std::string>, std::int64_t> counts_;
};

}  // namespace sandbox
