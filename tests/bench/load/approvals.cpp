#include "approvals.hpp"

#include <array>
#include <ctime>

namespace load {

namespace {

constexpr std::time_t day = 24 * 60 * 60;

std::string iso(std::time_t at)
{
    std::tm parts{};
    gmtime_r(&at, &parts);
    std::array<char, 32> text;
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace

approvals::approvals(const approval_fields& fields, std::string_view run, std::string_view host, std::string_view path,
                     const signer& by)
    : by_(by),
      run_(run)
{
    const std::time_t now = std::time(nullptr);
    head_.append("POST ").append(path).append(" HTTP/1.1\r\nHost: ").append(host);
    head_ += "\r\nContent-Type: application/json\r\nwebhook-id: ";
    // No value needs escaping: they come from the command line of a benchmark.
    body_before_seat_ = "\",\"app\":\"" + fields.app + "\",\"flag_epoch\":" + std::to_string(fields.flag_epoch) +
                        ",\"approver\":\"it.lead@example.com\",\"requester\":\"finops@example.com\","
                        "\"reason\":\"not used for 90 days\",\"approved_at\":\"" +
                        iso(now) + "\",\"expires_at\":\"" + iso(now + day) + "\",\"seat\":\"" + fields.seat_prefix;
    body_before_subject_ = "\",\"subject\":\"" + fields.subject_prefix;
    body_end_ = "\"},\"type\":\"seat.removal.approved\",\"timestamp\":\"" + iso(now) + "\"}";
}

void approvals::write(std::uint64_t number, request& out)
{
    const std::string digits = std::to_string(number);
    const std::string timestamp = std::to_string(std::time(nullptr));
    out.number = number;
    out.webhook_id.assign("msg_").append(run_).append("_").append(digits);
    out.approval_id.assign("apr_").append(run_).append("_").append(digits);
    body_.assign("{\"data\":{\"approval_id\":\"").append(out.approval_id).append(body_before_seat_).append(digits);
    body_.append(body_before_subject_).append(digits).append(body_end_);

    out.bytes.assign(head_).append(out.webhook_id).append("\r\nwebhook-timestamp: ").append(timestamp);
    out.bytes.append("\r\nwebhook-signature: ").append(by_.sign(out.webhook_id, timestamp, body_));
    out.bytes.append("\r\nContent-Length: ").append(std::to_string(body_.size())).append("\r\n\r\n");
    out.body_at = out.bytes.size();
    out.bytes.append(body_);
}

}  // namespace load
