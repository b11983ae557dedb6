#pragma once
// Reading JSON that a stranger sent. One strict pass refuses what later readers could take in two ways: duplicate keys,
// invalid UTF-8, NUL, lone surrogates, trailing bytes, a byte order mark, and nesting deeper than the limit (RapidJSON
// recurses when it reads; 200,000 nested brackets end the process). Only this folder includes RapidJSON.
#include "common/base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::json {

struct limits {
    std::size_t depth_max = 32;
    std::size_t members_max = 4096;  // object members and array elements together
};

struct parse_error {
    std::string what;  // for a person: what is wrong, never the content
    std::size_t offset_bytes = 0;
};

enum class kind { missing, null, boolean, number, string, array, object };

// A view of one node; valid while its document lives. A missing node answers every question with "nothing".
class value {
public:
    value() = default;

    json::kind kind() const;
    explicit operator bool() const { return node_ != nullptr; }

    std::optional<std::string_view> string() const;
    std::optional<std::int64_t> integer() const;  // exact integers only: 1.0, 1e3 and 2^63 are not
    std::optional<double> number() const;
    std::optional<bool> boolean() const;

    value at(std::string_view pointer) const;      // RFC 6901, "" is this node; a malformed pointer finds nothing
    value operator[](std::string_view key) const;  // object member
    std::vector<value> elements() const;           // array elements, else empty
    std::vector<std::pair<std::string_view, value>> members() const;
    std::string serialize() const;  // compact JSON text of this node

private:
    friend class document;
    explicit value(const void* node) : node_(node) {}
    const void* node_ = nullptr;
};

class document {
public:
    static result<document, parse_error> parse(std::string_view text, limits bounds = {});

    document();
    document(document&&) noexcept;
    document& operator=(document&&) noexcept;
    ~document();

    value root() const;
    value at(std::string_view pointer) const { return root().at(pointer); }

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

// True for "" and for "/a/b~0~1" shapes (RFC 6901).
bool is_pointer(std::string_view text);

}  // namespace reclaim::json
