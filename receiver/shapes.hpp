#pragma once
// What a value must look like to be taken. Shape only: whether a seat, an approver or a date is acceptable is decided
// later, in the database, where the answer is recorded.
#include "common/json/document.hpp"
#include "common/json/writer.hpp"
#include "receiver/events.hpp"
#include "receiver/timestamp.hpp"

namespace reclaim::receiver {

// Writes the value as a member of that name, in its normal form; false, with nothing written, when it has not that
// shape.
bool write_shaped(json::writer& out, std::string_view name, json::value from, shape wanted, instant now, times form);

std::string_view describe(shape wanted, times form);  // for the sender's developer

}  // namespace reclaim::receiver
