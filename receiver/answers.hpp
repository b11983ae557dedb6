#pragma once
// What senders are told, in one place. A 2xx stands for a committed transaction; 410 is never said, since it makes
// senders switch the endpoint off.
#include "common/http/message.hpp"
#include "common/queue/approval_store.hpp"
#include "receiver/accept_batch.hpp"
#include "receiver/mapping.hpp"

namespace reclaim::receiver::answers {

// One text for an unknown source, a bad signature, a stale timestamp and a missing header.
http::response unauthorized();
http::response duplicate_header();
http::response wrong_media_type();
http::response not_the_form();
http::response not_json(const json::parse_error& why);
http::response unusable(const receiver::unusable& fields);
http::response ignored();
http::response unavailable(std::string_view why);

http::response recorded(const mapped& what, const queue::accept_answer& answer, const std::string& public_url);
http::response not_recorded(const not_accepted& why);

}  // namespace reclaim::receiver::answers
