#include "receiver/answers.hpp"

#include "common/http/server.hpp"
#include "common/json/writer.hpp"
#include "receiver/path_segment.hpp"

#include <random>

namespace reclaim::receiver::answers {

namespace {

http::response json_answer(unsigned status, json::writer& body)
{
    return {status, {{"Content-Type", "application/json"}}, body.take()};
}

http::response retry_later(std::string_view why, int seconds)
{
    return http::problem(503, "Service Unavailable", why, {{"Retry-After", std::to_string(seconds)}});
}

http::response approval_recorded(const mapped& what, const queue::accept_answer& answer, const std::string& public_url)
{
    json::writer body;
    body.begin_object();
    if (answer.job_id)
        body.member("job_id", *answer.job_id);
    body.member("approval_id", what.approval_id)
        .member("status_url", public_url + "/v1/approvals/" + encode_segment(what.approval_id));
    if (answer.verdict == queue::verdict::duplicate)
        body.member("duplicate", true);
    body.end_object();
    return json_answer(202, body);
}

// For cancellations, second approvals and flags: what came of it. A flag's detail is the epoch that its approval must
// name.
http::response applied(unsigned status, bool done, const queue::accept_answer& answer)
{
    json::writer body;
    body.begin_object().member("applied", done).member("verdict", queue::to_text(answer.verdict));
    if (answer.job_id)
        body.member("job_id", *answer.job_id);
    if (answer.detail && answer.verdict == queue::verdict::flagged)
        body.key("flag_epoch").raw(*answer.detail);
    else if (answer.detail)
        body.member("detail", *answer.detail);
    body.end_object();
    return json_answer(status, body);
}

}  // namespace

http::response unauthorized()
{
    return http::problem(401, "Unauthorized", "the request could not be authenticated",
                         {{"WWW-Authenticate", "Webhook-Signature"}});
}

http::response duplicate_header()
{
    return http::problem(400, "Bad Request", "a signature header is there more than once");
}

http::response wrong_media_type()
{
    return http::problem(415, "Unsupported Media Type",
                         "send application/json in UTF-8, once, without a Content-Encoding; a form only where one is "
                         "agreed");
}

http::response not_the_form()
{
    return http::problem(400, "Bad Request",
                         "the body is not a form that holds the agreed field once, percent-encoded");
}

http::response not_json(const json::parse_error& why)
{
    return http::problem(400, "Bad Request",
                         "the body is not acceptable JSON: " + why.what + ", at byte " +
                             std::to_string(why.offset_bytes));
}

http::response unusable(const receiver::unusable& fields)
{
    json::writer body;
    body.begin_object()
        .member("type", "about:blank")
        .member("title", "Unprocessable Content")
        .member("status", std::int64_t{422})
        .member("detail", "fields are missing or not as expected; nothing was recorded")
        .key("errors")
        .begin_array();
    for (const auto& [pointer, expected] : fields)
        body.begin_object().member("pointer", pointer).member("expected", expected).end_object();
    body.end_array().end_object();
    return {422, {{"Content-Type", "application/problem+json"}}, body.take()};
}

http::response ignored()
{
    json::writer body;
    body.begin_object().member("ignored", true).end_object();
    return json_answer(200, body);
}

http::response unavailable(std::string_view why)
{
    // Spread, so that all the senders of an outage do not come back in the same second.
    static std::minstd_rand dice(std::random_device{}());
    return retry_later(why, std::uniform_int_distribution(1, 5)(dice));
}

http::response recorded(const mapped& what, const queue::accept_answer& answer, const std::string& public_url)
{
    using enum queue::verdict;
    const bool about_approval =
        what.event_type == "seat.removal.approved" || what.event_type == "seat.restore.approved";
    switch (answer.verdict) {
    case accepted:
        return approval_recorded(what, answer, public_url);
    case duplicate:
        return about_approval ? approval_recorded(what, answer, public_url) : applied(202, true, answer);
    case conflict:
        return http::problem(409, "Conflict",
                             "this id or this approval is known with other content; the first one stands");
    case trigger_off:
        return retry_later("approvals are not taken now: an operator has turned the trigger off", 60);
    case cancelled:
    case flagged:
    case unflagged:
    case seconded:
        return applied(202, true, answer);
    case too_late:
        return applied(200, false, answer);
    case not_found:
        // Either may overtake its approval: not a 2xx, so that the sender repeats it until there is something to cancel
        // or to second.
        if (what.event_type == "seat.removal.cancelled" || what.event_type == "seat.removal.seconded")
            return http::problem(404, "Not Found", "this source has sent no such approval yet; send this again");
        if (about_approval)
            return http::problem(404, "Not Found", "this source has sent no approval of a removal by that id");
        return applied(200, false, answer);
    }
    return unavailable("");
}

http::response not_recorded(const not_accepted& why)
{
    if (why.what == not_accepted::kind::refused)
        return http::problem(422, "Unprocessable Content", why.why);
    return unavailable(why.why);
}

}  // namespace reclaim::receiver::answers
