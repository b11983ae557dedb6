#pragma once

#include <string>

#include "call.hpp"
#include "json.hpp"

// A language model's endpoint of the kind that many servers offer: POST /v1/chat/completions. It says what the test
// told it to.
namespace sandbox {

class drafter final : public vendor {
public:
    call read(const request& r) override;
    answer throttled(const throttle& t) override;

    void configure(const json::value& config);

private:
    std::string token_;
    std::string says_ = "Hand the files over before the end of the month.";
};

}  // namespace sandbox
