#pragma once
// The rows of one answer, in binary format. Getters check the column's type, so that a changed SQL function fails
// loudly here and not as a wrong number somewhere else.
#include "common/pg/params.hpp"

#include <memory>

struct pg_result;

namespace reclaim::pg {

class rows {
public:
    rows() = default;
    explicit rows(std::shared_ptr<pg_result> result) : result_(std::move(result)) {}

    int size() const;
    int columns() const;
    std::string_view name(int column) const;
    enum class kind { integer, text, timestamp, other };
    kind kind_of(int column) const;
    bool empty() const { return size() == 0; }
    bool is_null(int row, int column) const;

    // Throws std::logic_error when the column is null or of another type.
    std::int64_t integer(int row, int column) const;  // int4 or int8
    bool flag(int row, int column) const;
    std::string_view text(int row, int column) const;  // text; valid while these rows live
    uuid id(int row, int column) const;
    std::int64_t timestamp(int row, int column) const;  // microseconds since 2000-01-01 UTC; INT64_MAX is infinity

    std::optional<std::string> optional_text(int row, int column) const;
    std::optional<std::int64_t> optional_integer(int row, int column) const;
    std::vector<std::string> texts(int row, int column) const;  // text[] without nulls

private:
    std::string_view cell(int row, int column, std::initializer_list<unsigned> types) const;
    std::shared_ptr<pg_result> result_;
};

}  // namespace reclaim::pg
