#include "receiver/webhook.hpp"

#include "common/crypto/encoding.hpp"
#include "common/log/logger.hpp"
#include "receiver/answers.hpp"
#include "receiver/commitments.hpp"

#include <algorithm>

namespace reclaim::receiver {

namespace {

// An unknown source is judged like a known one, by a key nobody has: neither the answer nor its time tells them apart.
source make_stranger()
{
    auto verify = schemes::make_scheme("standard", {.secrets = {secret(crypto::to_base64(crypto::random_bytes(32)))}});
    return {"unknown", std::move(*verify), mapping(), std::nullopt};
}

bool is_known_client(const source& from, const http::server_request& request)
{
    const auto is_named = [&](const std::string& name) {
        return std::find(from.client_names.begin(), from.client_names.end(), name) != from.client_names.end();
    };
    return from.client_names.empty() || std::any_of(request.client_names.begin(), request.client_names.end(), is_named);
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
    if (out.status == 202)
        out.status = from.accepted_status;
    metrics_.count_request(from.name, out.status);
    metrics_.request_seconds.observe(std::chrono::duration<double>(steady::now() - began).count());
    co_return out;
}

asio::awaitable<http::response> webhook_endpoint::judge(const http::server_request& request, const source& from) const
{
    // Before the proof any known form will do: which one a source sends is not for strangers to find out.
    if (!body_form::fits_some(request.message.headers))
        co_return answers::wrong_media_type();
    if (parts_.clock_is_wrong())
        co_return answers::unavailable("this machine's clock cannot be trusted now");
    const auto now = parts_.now();
    const auto scheme = from.scheme;  // the proof names a key of it, until the commit
    const auto proof = scheme->verify(request.message, now);
    if (!proof && proof.error() == schemes::refusal::duplicate_header)
        co_return answers::duplicate_header();
    if (!proof || !is_known_client(from, request)) {
        log::debug("webhook_unproven", {{"source", from.name}, {"peer", request.peer}});
        co_return answers::unauthorized();
    }
    if (!from.form.fits(request.message.headers))
        co_return answers::wrong_media_type();

    std::string unpacked;
    const auto text = from.form.json_of(request.message.body, unpacked);
    if (!text)
        co_return answers::not_the_form();
    const auto document = json::document::parse(*text, from.mapping.bounds());
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
                           proof->delivery_id,
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
