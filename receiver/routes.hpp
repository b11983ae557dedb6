#pragma once
#include "receiver/status.hpp"
#include "receiver/webhook.hpp"

namespace reclaim::receiver {

// The whole outward surface. The endpoints outlive the handler.
http::handler make_routes(const webhook_endpoint& webhooks, const status_endpoint& statuses);

}  // namespace reclaim::receiver
