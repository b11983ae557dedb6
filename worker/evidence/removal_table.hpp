#pragma once
// The tables of removals that a pack holds for spreadsheets: what stands in them and how it is written. Export writes
// them from reclaim.sealed_removal, verify makes them again from the events.
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::worker::evidence {

constexpr std::array<std::string_view, 20> removal_columns{"leaf_index",
                                                           "job_id",
                                                           "approval_id",
                                                           "app",
                                                           "flag_epoch",
                                                           "outcome",
                                                           "approved_at",
                                                           "received_at",
                                                           "attempted_at",
                                                           "removed_at",
                                                           "connector",
                                                           "provider_operation",
                                                           "provider_status",
                                                           "provider_request_id",
                                                           "operation_key",
                                                           "ticket",
                                                           "requester_confirmed_at",
                                                           "source",
                                                           "delivery_id",
                                                           "key_id"};
constexpr std::array<std::string_view, 4> name_columns{"seat", "subject", "approver", "requester"};

// One removal: a cell for each of removal_columns, then for each of name_columns; what is not known is empty.
using removal_row = std::vector<std::string>;

enum class names { left_out, shown };

// Lines with their newline. `first` is what a sample puts before the columns: its number and draw; else empty.
std::string csv_head(names which, const std::vector<std::string>& first = {});
std::string csv_line(const removal_row& row, names which, const std::vector<std::string>& first = {});

inline std::vector<std::string> sample_columns()
{
    return {"sample_no", "draw"};
}

// What a removal is drawn by: SHA-256 of the seed, a colon and its leaf index, in hexadecimal. The least are the
// sample.
std::string draw(std::string_view seed, std::string_view leaf_index);

}  // namespace reclaim::worker::evidence
