#include "common/pg/rows.hpp"

#include <algorithm>
#include <libpq-fe.h>
#include <stdexcept>

namespace reclaim::pg {
namespace {

std::uint64_t big_endian(std::string_view raw)
{
    std::uint64_t out = 0;
    for (const char c : raw)
        out = out << 8 | static_cast<unsigned char>(c);
    return out;
}

}  // namespace

int rows::size() const
{
    return result_ ? PQntuples(result_.get()) : 0;
}

int rows::columns() const
{
    return result_ ? PQnfields(result_.get()) : 0;
}

std::string_view rows::name(int column) const
{
    return PQfname(result_.get(), column);
}

rows::kind rows::kind_of(int column) const
{
    switch (PQftype(result_.get(), column)) {
    case 20:
    case 23:
        return kind::integer;
    case 25:
        return kind::text;
    case 1184:
        return kind::timestamp;
    default:
        return kind::other;
    }
}

bool rows::is_null(int row, int column) const
{
    return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view rows::cell(int row, int column, std::initializer_list<unsigned> types) const
{
    if (row >= size() || column >= PQnfields(result_.get()))
        throw std::logic_error("the answer has no row " + std::to_string(row) + ", column " + std::to_string(column));
    const unsigned type = PQftype(result_.get(), column);
    if (std::find(types.begin(), types.end(), type) == types.end() || is_null(row, column))
        throw std::logic_error(std::string("column ") + PQfname(result_.get(), column) + " is null or of type " +
                               std::to_string(type) +
                               ", which the caller does not expect: are SQL and program of one version?");
    return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t rows::integer(int row, int column) const
{
    const auto raw = cell(row, column, {20, 23});
    return raw.size() == 4 ? static_cast<std::int32_t>(big_endian(raw)) : static_cast<std::int64_t>(big_endian(raw));
}

bool rows::flag(int row, int column) const
{
    return cell(row, column, {16}) == std::string_view("\1", 1);
}
std::string_view rows::text(int row, int column) const
{
    return cell(row, column, {25});
}

uuid rows::id(int row, int column) const
{
    const auto raw = cell(row, column, {2950});
    uuid out{};
    std::copy_n(raw.begin(), out.size(), out.begin());
    return out;
}

std::int64_t rows::timestamp(int row, int column) const
{
    return static_cast<std::int64_t>(big_endian(cell(row, column, {1184})));
}

std::optional<std::string> rows::optional_text(int row, int column) const
{
    if (is_null(row, column))
        return std::nullopt;
    return std::string(text(row, column));
}

std::optional<std::int64_t> rows::optional_integer(int row, int column) const
{
    if (is_null(row, column))
        return std::nullopt;
    return integer(row, column);
}

std::vector<std::string> rows::texts(int row, int column) const
{
    // dimensions, flags, element type; then length and lower bound when there is a dimension; then length-prefixed
    // elements
    const auto raw = cell(row, column, {1009});
    std::vector<std::string> out;
    if (big_endian(raw.substr(0, 4)) == 0)
        return out;
    const auto count = big_endian(raw.substr(12, 4));
    std::size_t at = 20;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto length = static_cast<std::size_t>(big_endian(raw.substr(at, 4)));
        out.emplace_back(raw.substr(at + 4, length));
        at += 4 + length;
    }
    return out;
}

}  // namespace reclaim::pg
