#include "drafter.hpp"

namespace sandbox {
namespace {

answer refuse(unsigned status, std::string_view why)
{
    return {status, json::writer{}.open().open("error").put("message", why).close().close().take()};
}

// The text of the one message, and the model; nothing when the request is not as the interface has it.
const json::value* find_prompt(const json::value& body)
{
    const json::value* messages = body.IsObject() ? json::find(body, "messages") : nullptr;
    const json::value* model = messages ? json::find(body, "model") : nullptr;
    if (!model || !model->IsString() || !messages->IsArray() || messages->Size() != 1 || !(*messages)[0].IsObject())
        return nullptr;
    const json::value* role = json::find((*messages)[0], "role");
    const json::value* content = json::find((*messages)[0], "content");
    return role && role->IsString() && json::view(*role) == "user" && content && content->IsString() ? content
                                                                                                     : nullptr;
}

}  // namespace

call drafter::read(const request& r)
{
    call c;
    c.vendor = "drafter";
    const bool known = r.path_ok && r.target == "/v1/chat/completions" && r.method == "POST";
    json::document body;
    const json::value* prompt = known && json::parse(body, r.body) ? find_prompt(body) : nullptr;
    c.op = prompt ? "drafter.chat" : "drafter.invalid";
    if (prompt) {
        c.note("model", json::view(*json::find(body, "model")));
        c.note("prompt", json::view(*prompt));
    }
    const bool allowed = token_.empty() || r.header("Authorization") == "Bearer " + token_;
    c.act = [this, known, allowed, good = prompt && r.has_json_body()](call& mine) {
        mine.did = effect::refused;
        if (!known)
            return refuse(404, "no such path");
        if (!allowed)
            return refuse(401, "no such key");
        if (!good)
            return refuse(400, "model and one message of the user are needed");
        mine.did = effect::none;
        json::writer out;
        out.open().put("object", "chat.completion").open_list("choices").open().put("index", std::int64_t{0});
        out.open("message").put("role", "assistant").put("content", says_).close();
        return answer{200, out.put("finish_reason", "stop").close().close_list().close().take()};
    };
    return c;
}

answer drafter::throttled(const throttle& t)
{
    return refuse(t.status == 0 ? 429 : t.status, "rate limit");
}

void drafter::configure(const json::value& config)
{
    json::allow_only(config, {"token", "says"}, "drafter");
    token_ = json::get_text(config, "token").value_or(token_);
    says_ = json::get_text(config, "says").value_or(says_);
}

}  // namespace sandbox
