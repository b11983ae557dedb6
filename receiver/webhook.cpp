#include "receiver/webhook.hpp"

#include "common/crypto/encoding.hpp"
#include "common/http/text.hpp"
#include "common/log/logger.hpp"
#include "receiver/answers.hpp"
#include "receiver/commitments.hpp"

namespace reclaim::receiver {

namespace {

constexpr json::limits body_limits{.depth_max = 32, .members_max = 256};

// An unknown source is judged like a known one, by a key nobody has: neither the answer nor its time tells them apart.
source make_stranger()
{
    auto verify =
        schemes::make_standard({{secret(crypto::to_base64(crypto::random_bytes(32)))}, std::chrono::seconds(300)});
    return {"unknown", std::move(*verify), mapping(), std::nullopt};
}

// "application/json", at most with charset=utf-8, exactly once, and the body as it is.
bool is_plain_json(const http::headers& in)
{
    const auto type = http::find(in, "content-type");
    if (!type || http::count(in, "content-type") != 1 || http::count(in, "content-encoding") != 0)
        return false;
    const auto semicolon = std::min(type->find(';'), type->size());
    if (!http::same_text(http::trimmed(type->substr(0, semicolon)), "application/json"))
        return false;
    const auto parameter = http::trimmed(type->substr(std::min(semicolon + 1, type->size())));
    return parameter.empty() || http::same_text(parameter, "charset=utf-8") ||
           http::same_text(parameter, "charset=\"utf-8\"");
}

}  // namespace

webhook_endpoint::webhook_endpoint(const std::vector<source>& sources, std::string public_url, parts with,
                                   receiver_metrics& metrics)
    : stranger_(make_stranger()),
      public_url_(std::move(public_url)),
      parts_(std::move(with)),
      metrics_(metrics)
{
    for (const source& each : sources)
        sources_.emplace(each.name, &each);
}

asio::awaitable<http::response> webhook_endpoint::answer(const http::server_request& request,
                                                         std::string_view source_name) const
{
    const auto began = steady::now();
    const auto known = sources_.find(source_name);
    const source& from = known != sources_.end() ? *known->second : stranger_;
    auto out = co_await judge(request, from);
    metrics_.count_request(from.name, out.status);
    metrics_.request_seconds.observe(std::chrono::duration<double>(steady::now() - began).count());
    co_return out;
}

asio::awaitable<http::response> webhook_endpoint::judge(const http::server_request& request, const source& from) const
{
    if (!is_plain_json(request.message.headers))
        co_return answers::wrong_media_type();
    if (parts_.clock_is_wrong())
        co_return answers::unavailable("this machine's clock cannot be trusted now");
    const auto now = parts_.now();
    const auto scheme = from.scheme;  // the proof names a key of it, until the commit
    const auto proof = scheme->verify(request.message, now);
    if (!proof) {
        log::debug("webhook_unproven", {{"source", from.name}, {"peer", request.peer}});
        co_return proof.error() == schemes::refusal::duplicate_header ? answers::duplicate_header()
                                                                      : answers::unauthorized();
    }

    const auto document = json::document::parse(request.message.body, body_limits);
    if (!document)
        co_return answers::not_json(document.error());
    const auto reading = from.mapping.read(document->root(), std::chrono::floor<std::chrono::microseconds>(now));
    if (const auto* fields = std::get_if<unusable>(&reading)) {
        log::warn("webhook_unusable", {{"source", from.name},
                                       {"delivery_id", proof->delivery_id},
                                       {"first_field", fields->front().pointer},
                                       {"fields", fields->size()}});
        co_return answers::unusable(*fields);
    }
    if (std::holds_alternative<not_subscribed>(reading))
        co_return answers::ignored();

    const auto& what = std::get<mapped>(reading);
    auto promised = commit_to(what.personal, request.message.body);
    queue::webhook webhook{from.name,
                           proof->key_id,
                           what.event_type,
                           std::string(proof->delivery_id),
                           request.message.body,
                           crypto::sha256(request.message.body),
                           what.facts,
                           std::move(promised.salts),
                           std::move(promised.commitments)};
    const auto result = co_await parts_.record(std::move(webhook));
    if (!result)
        co_return answers::not_recorded(result.error());
    if (result->verdict == queue::verdict::conflict)
        log::error("webhook_conflict", {{"source", from.name}, {"delivery_id", proof->delivery_id}});
    co_return answers::recorded(what, *result, public_url_);
}

}  // namespace reclaim::receiver
