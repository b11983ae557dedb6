#include "worker/evidence/removal_table.hpp"

#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"

namespace reclaim::worker::evidence {
namespace {

// RFC 4180, and what a spreadsheet would take for a formula gets an apostrophe in front: names come from outside.
void append_cell(std::string& out, std::string_view cell)
{
    const bool formula = !cell.empty() && std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos;
    const bool quoted = cell.find_first_of(",\"\r\n") != std::string_view::npos;
    if (quoted)
        out += '"';
    if (formula)
        out += '\'';
    for (auto mark = cell.find('"'); mark != std::string_view::npos; mark = cell.find('"')) {
        out.append(cell.substr(0, mark + 1)).append(1, '"');
        cell.remove_prefix(mark + 1);
    }
    out += cell;
    if (quoted)
        out += '"';
}

template <class Cells>
void append_cells(std::string& out, const Cells& cells, std::size_t count)
{
    for (std::size_t n = 0; n < count; ++n) {
        if (!out.empty())
            out += ',';
        append_cell(out, cells[n]);
    }
}

}  // namespace

std::string csv_head(names which, const std::vector<std::string>& first)
{
    std::string out;
    append_cells(out, first, first.size());
    append_cells(out, removal_columns, removal_columns.size());
    append_cells(out, name_columns, which == names::shown ? name_columns.size() : 0);
    return out + '\n';
}

std::string csv_line(const removal_row& row, names which, const std::vector<std::string>& first)
{
    std::string out;
    append_cells(out, first, first.size());
    append_cells(out, row,
                 which == names::shown ? removal_columns.size() + name_columns.size() : removal_columns.size());
    return out + '\n';
}

std::string draw(std::string_view seed, std::string_view leaf_index)
{
    return crypto::to_hex(crypto::as_bytes(crypto::sha256(std::string(seed).append(":").append(leaf_index))));
}

}  // namespace reclaim::worker::evidence
