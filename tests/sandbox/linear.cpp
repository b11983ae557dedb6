#include "linear.hpp"

#include <utility>

#include "linear_schema.hpp"

namespace sandbox {
namespace {

constexpr std::size_t documents_kept_max = 256;

linear_error broken(std::string message)
{
    return {std::move(message), "GRAPHQL_VALIDATION_FAILED", "graphql error", 400, "", ""};
}

// Keeps what was asked for, under the names it was asked by.
json::value project(const graphql::schema& s, std::string_view type, const std::vector<graphql::selection>& wanted,
                    const json::value& from, json::allocator& a)
{
    if (from.IsArray()) {
        json::value list{rapidjson::kArrayType};
        for (const json::value& item : from.GetArray()) {
            json::value element = project(s, type, wanted, item, a);
            list.PushBack(element, a);
        }
        return list;
    }
    if (wanted.empty() || !from.IsObject())
        return json::value{from, a};
    json::value out{rapidjson::kObjectType};
    for (const graphql::selection& field : wanted) {
        json::value element;
        if (field.name == "__typename")
            element = json::text(type, a);
        else if (const json::value* found = json::find(from, field.name))
            element = project(s, graphql::base_name(s.objects.find(type)->second.find(field.name)->second.type),
                              field.selections, *found, a);
        out.AddMember(json::text(field.key, a), element, a);
    }
    return out;
}

void put_error(json::writer& out, const linear_error& e)
{
    out.open().put("message", e.message);
    if (!e.path.empty())
        out.open_list("path").put(e.path).close_list();
    out.open("extensions").put("type", e.type).put("code", e.code);
    out.put("statusCode", static_cast<std::int64_t>(e.status)).put("userError", true);
    if (!e.presentable.empty())
        out.put("userPresentableMessage", e.presentable);
    out.close().close();
}

}  // namespace

linear::linear(unsigned long long seed) : schema_{graphql::parse_schema(linear_schema)}, store_{seed} {}

// Clients send the same few documents for ever; a check of the text alone is worth keeping.
std::shared_ptr<const linear::checked_document> linear::look_up(std::string_view text)
{
    std::string key{text};
    if (const auto found = documents_.find(key); found != documents_.end())
        return found->second;
    checked_document made;
    try {
        made.document = graphql::parse_document(text);
        made.errors = graphql::validate(schema_, made.document);
    } catch (const graphql::syntax_error& e) {
        made.errors.emplace_back(e.what());
    }
    for (const graphql::operation& op : made.document.operations)
        if (op.kind == "mutation" && op.selections.size() > 1)
            made.errors.emplace_back("one mutation per request is served here, so that one log line tells one effect");
    if (documents_.size() >= documents_kept_max)
        documents_.clear();
    return documents_[std::move(key)] = std::make_shared<const checked_document>(std::move(made));
}

const graphql::operation* linear::choose(const checked_document& text, const std::optional<std::string>& name,
                                         std::vector<std::string>& errors) const
{
    const auto& all = text.document.operations;
    if (!name && all.size() == 1)
        return &all.front();
    for (const graphql::operation& op : all)
        if (name && op.name == *name)
            return &op;
    errors.push_back(name ? "Unknown operation named \"" + *name + "\"."
                          : "Must provide operation name if query contains multiple operations.");
    return nullptr;
}

std::shared_ptr<linear::prepared> linear::prepare(const request& r)
{
    auto p = std::make_shared<prepared>();
    json::document body;
    if (!json::parse(body, r.body) || !body.IsObject()) {
        p->errors.emplace_back("POST body missing, invalid Content-Type, or JSON object has no keys.");
        return p;
    }
    const json::value* text = json::find(body, "query");
    const json::value* variables = json::find(body, "variables");
    const json::value* name = json::find(body, "operationName");
    if (!text || !text->IsString())
        p->errors.emplace_back("GraphQL operations must contain a non-empty `query`.");
    if (variables && !variables->IsObject() && !variables->IsNull())
        p->errors.emplace_back("`variables` in a POST body must be an object if provided.");
    if (name && !name->IsString() && !name->IsNull())
        p->errors.emplace_back("`operationName` in a POST body must be a string if provided.");
    if (!p->errors.empty())
        return p;
    p->text = look_up(json::view(*text));
    p->errors = p->text->errors;
    if (!p->errors.empty())
        return p;
    const bool named = name && name->IsString();
    p->op = choose(*p->text, named ? std::optional<std::string>{json::view(*name)} : std::nullopt, p->errors);
    if (p->op)
        p->errors = graphql::coerce_variables(schema_, *p->op, variables, p->variables);
    if (p->errors.empty())
        for (const graphql::selection& field : p->op->selections)
            p->args.push_back(graphql::evaluate_args(field, p->variables, p->variables.GetAllocator()));
    return p;
}

// What the request is about, for the log and for the rules that match on it.
void linear::note(call& c, const prepared& p) const
{
    const json::value& args = p.args.front();
    const json::value* input = json::find(args, "input");
    const json::value& source = input ? *input : args;
    const json::value* id = json::find(source, "id");
    if (const json::value* filter = json::find(args, "filter"))
        if (const json::value* by_id = json::find(*filter, "id"))
            id = json::find(*by_id, "eq");
    if (id && id->IsString()) {
        c.subject = json::view(*id);
        c.note("client_uuid", json::view(*id));
    }
    for (const std::string_view name : {"issueId", "url", "title"})
        if (const json::value* v = json::find(source, name); v && v->IsString())
            c.note(name, json::view(*v));
    if (const json::value* v = json::find(source, "description"); v && v->IsString())
        c.note("description_sha256", sha256_hex(json::view(*v)));
}

call linear::read(const request& r)
{
    call c;
    c.vendor = "linear";
    c.op = "linear.invalid";
    if (r.path.size() != 1 || r.method != "POST") {
        const bool wrong_path = r.path.size() != 1;
        c.act = [wrong_path](call& mine) {
            mine.did = effect::refused;
            return wrong_path ? answer{404, "", "text/plain"} : answer{405, "", "text/plain", {{"Allow", "POST"}}};
        };
        return c;
    }
    auto p = prepare(r);
    if (p->errors.empty() && p->op->selections.front().name != "__typename") {
        c.op = "linear." + p->op->selections.front().name;
        note(c, *p);
    }
    c.act = [this, &r, p](call& mine) { return act(r, mine, *p); };
    return c;
}

answer linear::act(const request& r, call& c, const prepared& p)
{
    c.did = effect::refused;
    if (!r.has_json_body()) {
        const std::string message = "This operation has been blocked as a potential Cross-Site Request Forgery (CSRF).";
        return fail(400, {{message, "BAD_REQUEST", "graphql error", 400, "", ""}});
    }
    if (!authorised(r.header("Authorization"))) {
        const std::string message = "Authentication required, not authenticated";
        return fail(401, {{message, "AUTHENTICATION_ERROR", "authentication error", 401,
                           "You need to authenticate to access this operation.", ""}});
    }
    if (!p.errors.empty()) {
        std::vector<linear_error> all;
        for (const std::string& message : p.errors)
            all.push_back(broken(message));
        return fail(400, all);
    }
    return execute(c, p);
}

answer linear::execute(call& c, const prepared& p)
{
    json::document out;
    out.SetObject();
    auto& a = out.GetAllocator();
    json::value data{rapidjson::kObjectType};
    const auto root = graphql::root_type(*p.op);
    std::vector<linear_error> errors;
    c.did = effect::none;
    for (std::size_t i = 0; i < p.op->selections.size(); ++i) {
        const graphql::selection& field = p.op->selections[i];
        json::value element;
        if (field.name == "__typename") {
            element = json::text(root, a);
        } else {
            try {
                const json::value whole = store_.resolve(field.name, p.args[i], c, a);
                const auto& def = schema_.objects.find(root)->second.find(field.name)->second;
                element = project(schema_, graphql::base_name(def.type), field.selections, whole, a);
            } catch (linear_error& e) {
                if (!e.path.empty())
                    e.path = field.key;
                errors.push_back(std::move(e));
            }
        }
        data.AddMember(json::text(field.key, a), element, a);
    }
    if (!errors.empty())
        return fail(user_error_status_, errors);
    out.AddMember("data", data, a);
    return respond(200, json::print(out));
}

bool linear::authorised(std::string_view header) const
{
    return (!api_key_.empty() && header == api_key_) || (!oauth_token_.empty() && header == "Bearer " + oauth_token_);
}

answer linear::respond(unsigned status, std::string body) const
{
    const auto reset = std::to_string((epoch_s() + 3600) * 1000);
    return {status,
            std::move(body),
            "application/json; charset=utf-8",
            {{"X-RateLimit-Requests-Limit", "5000"},
             {"X-RateLimit-Requests-Remaining", "4999"},
             {"X-RateLimit-Requests-Reset", reset},
             {"X-Complexity", "5"},
             {"X-RateLimit-Complexity-Limit", "3000000"},
             {"X-RateLimit-Complexity-Remaining", "2999995"},
             {"X-RateLimit-Complexity-Reset", reset}}};
}

answer linear::fail(unsigned status, const std::vector<linear_error>& errors) const
{
    json::writer out;
    out.open().open_list("errors");
    for (const linear_error& e : errors)
        put_error(out, e);
    out.close_list().null("data").close();
    return respond(status, out.take());
}

answer linear::throttled(const throttle& t)
{
    const std::string message = "Rate limit exceeded";
    answer a = fail(t.status == 0 ? 400 : t.status,
                    {{message, "RATELIMITED", "ratelimited", 429, "Rate limit exceeded. Please try again later.", ""}});
    a.headers[1].second = "0";
    a.headers[2].second = std::to_string((epoch_s() + t.wait.count()) * 1000);
    if (t.retry_after)
        a.headers.emplace_back("Retry-After", std::to_string(t.wait.count()));
    return a;
}

void linear::configure(const json::value& config)
{
    json::allow_only(config, {"api_key", "oauth_token", "teams", "labels", "error_status"}, "linear");
    const auto status = json::get_int(config, "error_status");
    if (status && *status != 200 && *status != 400)
        throw json::bad_input{"\"error_status\" is 200 or 400"};
    const auto key = json::get_text(config, "api_key");
    const auto token = json::get_text(config, "oauth_token");
    store_.configure(config);
    if (status)
        user_error_status_ = static_cast<unsigned>(*status);
    if (key)
        api_key_ = *key;
    if (token)
        oauth_token_ = *token;
}

}  // namespace sandbox
