#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http.hpp"

// One request to a vendor: what it asks (known on arrival, so fault rules can match it) and what it did (known after
// act). A vendor's read() changes nothing; act() is the one place where an effect happens, and a fault decides when.
namespace sandbox {

enum class effect { none, applied, refused };

struct field {
    enum class kind { text, literal };  // literal: a number or true/false, written without quotes
    std::string_view name;
    std::string value;
    kind is = kind::text;
};

struct call {
    std::int64_t no = 0;
    std::int64_t arrived_us = 0;
    std::string_view vendor;
    std::string op;
    std::vector<field> fields;
    std::string subject;  // the id that wrong_user_echo falsifies in the answer
    effect did = effect::none;
    std::string fault;
    std::function<answer(call&)> act;

    void note(std::string_view name, std::string_view value) { fields.push_back({name, std::string{value}}); }
    void note(std::string_view name, const char* value) { note(name, std::string_view{value}); }
    void note(std::string_view name, bool value);
    void note(std::string_view name, std::int64_t value);
    const std::string* noted(std::string_view name) const;
};

struct throttle {
    std::chrono::seconds wait{1};
    unsigned status = 0;  // 0: the vendor's usual one
    bool retry_after = false;
    bool concurrency = false;  // Okta's other 429: limit and remaining both zero
};

class vendor {
public:
    virtual ~vendor() = default;
    virtual call read(const request& r) = 0;
    virtual answer throttled(const throttle& t) = 0;
};

}  // namespace sandbox
