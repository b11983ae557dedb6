#pragma once
// The receipt of one job: the part of an export that needs no period. export.cpp is the command.
#include "worker/commands/commands.hpp"
#include "worker/commands/export_log.hpp"

namespace reclaim::worker::commands {

// Throws setup_error when the job has no sealed event, when the log does not fit its seal, or the file is there
// already.
asio::awaitable<void> write_receipt(export_request what);

// What both need. Throws setup_error when the log was never sealed.
asio::awaitable<log_end> sealed_end(export_log& log);
std::string utc_now();  // by this machine's clock

}  // namespace reclaim::worker::commands
