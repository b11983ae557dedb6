#include "common/http/server.hpp"
#include "common/json/writer.hpp"

#include <utility>

namespace reclaim::http {

response problem(unsigned status, std::string_view title, std::string_view detail, http::headers extra)
{
    json::writer body;
    body.begin_object()
        .member("type", "about:blank")
        .member("title", title)
        .member("status", static_cast<std::int64_t>(status))
        .member("detail", detail)
        .end_object();
    response out{status, std::move(extra), body.take()};
    out.headers.insert(out.headers.begin(), {"Content-Type", "application/problem+json"});
    return out;
}

}  // namespace reclaim::http
