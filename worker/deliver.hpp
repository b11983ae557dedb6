#pragma once
// Delivers what a decided job still owes: the cleanup ticket, then the confirmation that names it. Bytes are frozen
// before their first send; a lost answer is answered by sending the same again (Linear knows our id, requesters know
// the message's).
#include "worker/workshop.hpp"

namespace reclaim::worker {

// `first` is a message the caller has at hand, so that the common case asks the database nothing; without it, or when
// its id is empty, what is due is read. Ends when the job is finished, given back or lost.
asio::awaitable<void> deliver(workshop& shared, std::shared_ptr<held_job> held, std::optional<queue::message> first);

}  // namespace reclaim::worker
