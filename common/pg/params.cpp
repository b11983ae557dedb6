#include "common/pg/params.hpp"

#include <bit>
#include <cstring>

namespace reclaim::pg {
namespace {

// Type OIDs are fixed in PostgreSQL's catalog (pg_type.dat).
enum oid : unsigned {
    bool_ = 16,
    bytea = 17,
    int8 = 20,
    int4 = 23,
    text = 25,
    timestamptz = 1184,
    interval = 1186,
    uuid_ = 2950,
    bytea_array = 1001,
    int4_array = 1007,
    text_array = 1009,
    int8_array = 1016,
    interval_array = 1187,
    uuid_array = 2951
};

template <class T>
void append_big_endian(std::string& to, T value)
{
    static_assert(std::endian::native == std::endian::little || std::endian::native == std::endian::big);
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    if constexpr (std::endian::native == std::endian::little)
        to.append(std::rbegin(raw), std::rend(raw));
    else
        to.append(raw, sizeof(T));
}

std::string encode(std::int64_t v)
{
    std::string out;
    append_big_endian(out, v);
    return out;
}

std::string encode(std::int32_t v)
{
    std::string out;
    append_big_endian(out, v);
    return out;
}

std::string encode(std::chrono::microseconds v)
{
    std::string out;  // microseconds, days, months
    append_big_endian(out, static_cast<std::int64_t>(v.count()));
    append_big_endian(out, std::int32_t{0});
    append_big_endian(out, std::int32_t{0});
    return out;
}

std::string_view as_view(const uuid& v)
{
    return {reinterpret_cast<const char*>(v.data()), v.size()};
}

}  // namespace

std::string to_string(const uuid& id)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(36);
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out += '-';
        out += digits[id[i] >> 4];
        out += digits[id[i] & 15];
    }
    return out;
}

std::optional<uuid> parse_uuid(std::string_view text)
{
    uuid out{};
    std::size_t nibbles = 0;
    for (char c : text) {
        if (c == '-')
            continue;
        unsigned digit = 0;
        if (c >= '0' && c <= '9')
            digit = static_cast<unsigned>(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = static_cast<unsigned>(c - 'a') + 10;
        else
            return std::nullopt;
        if (nibbles == 32)
            return std::nullopt;
        out[nibbles / 2] = static_cast<unsigned char>(out[nibbles / 2] << 4 | digit);
        ++nibbles;
    }
    if (nibbles != 32 || text.size() != 36)
        return std::nullopt;
    return out;
}

params& params::push(unsigned type, std::string_view encoded)
{
    types_.push_back(type);
    lengths_.push_back(static_cast<int>(encoded.size()));
    offsets_.push_back(static_cast<std::ptrdiff_t>(data_.size()));
    data_ += encoded;
    data_ += '\0';  // an empty value still needs an address: a null pointer would mean SQL NULL
    return *this;
}

template <class Range, class Encode>
params& params::push_array(unsigned array_type, unsigned element_type, const Range& items, Encode encode_item)
{
    // One dimension, "may hold nulls", element type, length, lower bound 1; then each element with its length, -1 for
    // null.
    std::string out;
    append_big_endian(out, std::int32_t{items.empty() ? 0 : 1});
    append_big_endian(out, std::int32_t{1});
    append_big_endian(out, static_cast<std::int32_t>(element_type));
    if (!items.empty()) {
        append_big_endian(out, static_cast<std::int32_t>(items.size()));
        append_big_endian(out, std::int32_t{1});
    }
    for (const auto& item : items) {
        const auto encoded = encode_item(item);
        if (!encoded) {
            append_big_endian(out, std::int32_t{-1});
            continue;
        }
        append_big_endian(out, static_cast<std::int32_t>(encoded->size()));
        out += *encoded;
    }
    return push(array_type, out);
}

params& params::add(std::int64_t v)
{
    return push(oid::int8, encode(v));
}
params& params::add(int v)
{
    return push(oid::int4, encode(std::int32_t{v}));
}
params& params::add(bool v)
{
    return push(oid::bool_, v ? std::string_view("\1", 1) : std::string_view("\0", 1));
}
params& params::add(std::string_view v)
{
    return push(oid::text, v);
}
params& params::add(bytes v)
{
    return push(oid::bytea, v.value);
}
params& params::add(const uuid& v)
{
    return push(oid::uuid_, as_view(v));
}
params& params::add(std::chrono::microseconds v)
{
    return push(oid::interval, encode(v));
}
params& params::add_timestamp(std::int64_t v)
{
    return push(oid::timestamptz, encode(v));
}

params& params::add(std::optional<std::chrono::microseconds> v)
{
    if (v)
        return add(*v);
    push(oid::interval, {});
    offsets_.back() = -1;
    return *this;
}

params& params::add(std::optional<std::string_view> v)
{
    if (v)
        return add(*v);
    push(oid::text, {});
    offsets_.back() = -1;
    return *this;
}

params& params::add(std::span<const std::int64_t> v)
{
    return push_array(oid::int8_array, oid::int8, v, [](std::int64_t i) { return std::optional(encode(i)); });
}
params& params::add(std::span<const int> v)
{
    return push_array(oid::int4_array, oid::int4, v, [](int i) { return std::optional(encode(std::int32_t{i})); });
}
params& params::add(std::span<const std::string_view> v)
{
    return push_array(oid::text_array, oid::text, v, [](std::string_view s) { return std::optional(s); });
}
params& params::add(std::span<const std::string> v)
{
    return push_array(oid::text_array, oid::text, v,
                      [](const std::string& s) { return std::optional<std::string_view>(s); });
}
params& params::add(std::span<const std::optional<std::string_view>> v)
{
    return push_array(oid::text_array, oid::text, v, [](const std::optional<std::string_view>& s) { return s; });
}
params& params::add(std::span<const bytes> v)
{
    return push_array(oid::bytea_array, oid::bytea, v, [](bytes b) { return std::optional(b.value); });
}
params& params::add(std::span<const uuid> v)
{
    return push_array(oid::uuid_array, oid::uuid_, v, [](const uuid& id) { return std::optional(as_view(id)); });
}
params& params::add(std::span<const std::optional<std::chrono::microseconds>> v)
{
    return push_array(oid::interval_array, oid::interval, v, [](const std::optional<std::chrono::microseconds>& i) {
        return i ? std::optional(encode(*i)) : std::nullopt;
    });
}

std::vector<const char*> params::values() const
{
    std::vector<const char*> out;
    out.reserve(offsets_.size());
    for (const auto offset : offsets_)
        out.push_back(offset < 0 ? nullptr : data_.data() + offset);
    return out;
}

}  // namespace reclaim::pg
