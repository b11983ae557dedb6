#pragma once
// Statement parameters in PostgreSQL's binary format: no quoting, no text that a NUL could cut, arrays as they are.
// Every parameter states its type, so that the server never guesses.
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::pg {

using uuid = std::array<unsigned char, 16>;
std::string to_string(const uuid& id);
std::optional<uuid> parse_uuid(std::string_view text);

struct bytes {  // bytea, where std::string_view is text
    std::string_view value;
};

class params {
public:
    params& add(std::int64_t v);
    params& add(int v);
    params& add(bool v);
    params& add(std::string_view v);
    params& add(const char* v) { return add(std::string_view(v)); }
    params& add(const std::string& v) { return add(std::string_view(v)); }
    params& add(bytes v);
    params& add(const uuid& v);
    params& add(std::chrono::microseconds v);                     // interval
    params& add(std::optional<std::chrono::microseconds> v);      // interval or null
    params& add(std::optional<std::string_view> v);               // text or null
    params& add_timestamp(std::int64_t microseconds_since_2000);  // timestamptz; INT64_MIN is -infinity

    params& add(std::span<const std::int64_t> v);
    params& add(std::span<const int> v);
    params& add(std::span<const std::string_view> v);
    params& add(std::span<const std::string> v);
    params& add(std::span<const std::optional<std::string_view>> v);  // text[], elements may be null
    params& add(std::span<const bytes> v);
    params& add(std::span<const uuid> v);
    params& add(std::span<const std::optional<std::chrono::microseconds>> v);  // interval[]

    std::size_t size() const { return types_.size(); }
    // The form PQsendQueryParams wants; valid until the next add().
    const unsigned* types() const { return types_.data(); }
    std::vector<const char*> values() const;
    const int* lengths() const { return lengths_.data(); }

private:
    params& push(unsigned type, std::string_view encoded);
    template <class Range, class Encode>
    params& push_array(unsigned array_type, unsigned element_type, const Range& items, Encode encode);

    std::vector<unsigned> types_;
    std::vector<int> lengths_;
    std::vector<std::ptrdiff_t> offsets_;  // into data_; -1 is null
    std::string data_;
};

}  // namespace reclaim::pg
