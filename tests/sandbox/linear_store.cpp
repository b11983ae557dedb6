#include "linear_store.hpp"

#include <algorithm>

namespace sandbox {
namespace {

linear_error input_error(std::string message, std::string presentable = {})
{
    return {std::move(message), "INPUT_ERROR", "invalid input", 400, std::move(presentable), ""};
}

linear_error not_found(const std::string& type)
{
    return {"Entity not found: " + type, "INPUT_ERROR", "invalid input", 400, "", "field"};
}

linear_error invalid_argument(const std::string& why)
{
    return {"Argument Validation Error", "INVALID_INPUT", "invalid input", 400, why, ""};
}

linear_error already_there(const std::string& type, const std::string& id)
{
    return input_error("conflict on insert of " + type, "Entity " + type + " with id " + id + " already exists.");
}

std::optional<std::string> optional_text(const json::value& input, std::string_view name)
{
    const json::value* v = json::find(input, name);
    return v && v->IsString() ? std::optional<std::string>{json::view(*v)} : std::nullopt;
}

std::string text_or(const json::value& input, std::string_view name, std::string otherwise)
{
    return optional_text(input, name).value_or(std::move(otherwise));
}

// A list of ids; GraphQL lets a single one stand for a list.
std::vector<std::string> ids_in(const json::value& input, std::string_view name)
{
    const json::value* v = json::find(input, name);
    std::vector<std::string> out;
    if (v && v->IsString())
        out.emplace_back(json::view(*v));
    if (v && v->IsArray())
        for (const json::value& item : v->GetArray())
            out.emplace_back(json::view(item));
    return out;
}

std::size_t page_size(const json::value& args)
{
    const json::value* first = json::find(args, "first");
    const std::int64_t size = first && first->IsInt64() ? first->GetInt64() : 50;
    if (size < 1 || size > 250)
        throw invalid_argument("first must be between 1 and 250");
    return static_cast<std::size_t>(size);
}

bool contains(const std::vector<std::string>& all, const std::string& one)
{
    return std::find(all.begin(), all.end(), one) != all.end();
}

json::value connection(json::value nodes, bool more, json::allocator& a)
{
    json::value page{rapidjson::kObjectType};
    const auto cursor = [&](rapidjson::SizeType i) {
        return nodes.Empty() ? json::value{} : json::value{*json::find(nodes[i], "id"), a};
    };
    page.AddMember("startCursor", cursor(0), a);
    page.AddMember("endCursor", cursor(nodes.Empty() ? 0 : nodes.Size() - 1), a);
    page.AddMember("hasNextPage", more, a).AddMember("hasPreviousPage", false, a);
    json::value out{rapidjson::kObjectType};
    out.AddMember("nodes", nodes, a).AddMember("pageInfo", page, a);
    return out;
}

json::value rate_limit_status(json::allocator& a)
{
    json::value limit{rapidjson::kObjectType};
    limit.AddMember("type", "requests", a).AddMember("requestedAmount", 1, a).AddMember("allowedAmount", 5000, a);
    limit.AddMember("period", 3600000, a).AddMember("remainingAmount", 4999, a);
    limit.AddMember("reset", (epoch_s() + 3600) * 1000, a);
    json::value limits{rapidjson::kArrayType};
    limits.PushBack(limit, a);
    json::value out{rapidjson::kObjectType};
    out.AddMember("identifier", "sandbox", a).AddMember("kind", "apiKey", a).AddMember("limits", limits, a);
    return out;
}

json::value viewer(json::allocator& a)
{
    json::value out{rapidjson::kObjectType};
    out.AddMember("id", "5f0c8a52-0d5c-4c0e-9d7e-6b1f3f6f0a11", a).AddMember("name", "Reclaim", a);
    out.AddMember("displayName", "reclaim", a)
        .AddMember("email", "reclaim@example.com", a)
        .AddMember("active", true, a);
    return out;
}

}  // namespace

json::value linear_store::resolve(std::string_view field, const json::value& args, call& c, json::allocator& a)
{
    if (field == "issueCreate")
        return create_issue(args["input"], c, a);
    if (field == "attachmentCreate")
        return create_attachment(args["input"], c, a);
    if (field == "commentCreate")
        return create_comment(args["input"], c, a);
    if (field == "issue")
        return show(issues_[need_issue(text_or(args, "id", ""))], a);
    if (field == "issues")
        return list_issues(args, a);
    if (field == "attachmentsForURL")
        return list_attachments(args, a);
    if (field == "team")
        return find_team(args, a);
    return field == "viewer" ? viewer(a) : rate_limit_status(a);
}

// What must look like an id, must; labels must also exist when the test says which do.
void linear_store::check_references(const json::value& input) const
{
    for (const std::string_view name : {"teamId", "assigneeId", "stateId", "templateId", "projectId", "cycleId",
                                        "delegateId", "projectMilestoneId", "lastAppliedTemplateId"})
        if (const auto id = optional_text(input, name); id && !is_uuid(*id))
            throw invalid_argument(std::string{name} + " must be a UUID.");
    for (const std::string_view name : {"labelIds", "subscriberIds", "releaseIds"})
        for (const std::string& id : ids_in(input, name))
            if (!is_uuid(id))
                throw invalid_argument("each value in " + std::string{name} + " must be a UUID.");
    for (const std::string& id : ids_in(input, "labelIds"))
        if (labels_ && !labels_->contains(id))
            throw input_error("labelIds contained an entry that could not be found");
}

std::string linear_store::chosen_id(const json::value& input)
{
    const auto id = optional_text(input, "id");
    if (id && !is_uuid_v4(*id))
        throw invalid_argument("id must be a UUID v4.");
    return id.value_or(ids_.uuid_v4());
}

json::value linear_store::create_issue(const json::value& input, call& c, json::allocator& a)
{
    issue made;
    made.id = chosen_id(input);
    check_references(input);
    made.title = text_or(input, "title", "");
    if (made.title.empty() && !optional_text(input, "templateId"))
        throw invalid_argument("title must not be empty.");
    if (const json::value* priority = json::find(input, "priority"); priority && priority->IsInt64())
        made.priority = priority->GetInt64();
    if (made.priority < 0 || made.priority > 4)
        throw invalid_argument("priority must be between 0 and 4.");
    const std::string team_id = text_or(input, "teamId", "");
    const auto of = std::find_if(teams_.begin(), teams_.end(), [&](const team& t) { return t.id == team_id; });
    if (of == teams_.end())
        throw input_error("teamId contained an entry that could not be found");
    if (issue_by_name_.contains(made.id)) {
        c.note("created", false);
        throw already_there("Issue", made.id);
    }
    made.description = optional_text(input, "description");
    made.due_date = optional_text(input, "dueDate");
    if (const json::value* estimate = json::find(input, "estimate"); estimate && estimate->IsNumber())
        made.estimate = estimate->GetDouble();
    made.labels = ids_in(input, "labelIds");
    made.input = json::print(input);
    made.team_at = static_cast<std::size_t>(of - teams_.begin());
    made.number = of->next_number++;
    made.identifier = of->key + "-" + std::to_string(made.number);
    made.created_us = epoch_us();
    issue_by_name_[made.id] = issue_by_name_[made.identifier] = issues_.size();
    issues_.push_back(std::move(made));
    c.did = effect::applied;
    c.note("created", true);
    c.note("identifier", issues_.back().identifier);
    return payload("issue", show(issues_.back(), a), a);
}

// The pair of url and issue is the key: sent again, the same attachment is updated.
json::value linear_store::create_attachment(const json::value& input, call& c, json::allocator& a)
{
    const std::string id = chosen_id(input);
    const std::string url = text_or(input, "url", "");
    const std::size_t issue_at = need_issue(text_or(input, "issueId", ""));
    auto& same_url = attachments_by_url_[url];
    const auto found = std::find_if(same_url.begin(), same_url.end(),
                                    [&](std::size_t at) { return attachments_[at].issue_at == issue_at; });
    const bool fresh = found == same_url.end();
    if (fresh && !attachment_ids_.insert(id).second)
        throw already_there("Attachment", id);
    if (fresh) {
        same_url.push_back(attachments_.size());
        attachment made;
        made.id = id;
        made.url = url;
        made.issue_at = issue_at;
        made.created_us = epoch_us();
        attachments_.push_back(std::move(made));
    }
    attachment& kept = attachments_[fresh ? attachments_.size() - 1 : *found];
    kept.title = text_or(input, "title", "");
    kept.subtitle = optional_text(input, "subtitle");
    if (const json::value* metadata = json::find(input, "metadata"); metadata && metadata->IsObject())
        kept.metadata = json::print(*metadata);
    if (const json::value* grouped = json::find(input, "groupBySource"); grouped && grouped->IsBool())
        kept.grouped = grouped->GetBool();
    kept.updated_us = epoch_us();
    c.did = effect::applied;
    c.note("created", fresh);
    return payload("attachment", show(kept, a), a);
}

json::value linear_store::create_comment(const json::value& input, call& c, json::allocator& a)
{
    comment made;
    made.id = chosen_id(input);
    made.body = text_or(input, "body", "");
    if (made.body.empty())
        throw invalid_argument("body must not be empty.");
    made.issue_at = need_issue(text_or(input, "issueId", ""));
    made.created_us = epoch_us();
    const auto [at, fresh] = comments_.try_emplace(made.id, made);
    c.note("created", fresh);
    if (!fresh)
        throw already_there("Comment", made.id);
    c.did = effect::applied;
    return payload("comment", show(at->second, a), a);
}

json::value linear_store::payload(std::string_view name, json::value entity, json::allocator& a)
{
    json::value out{rapidjson::kObjectType};
    out.AddMember("success", true, a).AddMember("lastSyncId", ++sync_id_, a);
    out.AddMember(json::text(name, a), entity, a);
    return out;
}

std::size_t linear_store::need_issue(const std::string& id_or_key) const
{
    const auto found = issue_by_name_.find(id_or_key);
    if (found == issue_by_name_.end())
        throw not_found("Issue");
    return found->second;
}

json::value linear_store::find_team(const json::value& args, json::allocator& a) const
{
    const std::string wanted = text_or(args, "id", "");
    for (const team& t : teams_)
        if (t.id == wanted || t.key == wanted)
            return show(t, a);
    throw not_found("Team");
}

bool linear_store::passes(const issue& i, const json::value& filter) const
{
    if (const json::value* id = json::find(filter, "id"); id && id->IsObject()) {
        const auto eq = optional_text(*id, "eq");
        const auto neq = optional_text(*id, "neq");
        if ((eq && *eq != i.id) || (neq && *neq == i.id) || contains(ids_in(*id, "nin"), i.id))
            return false;
        if (json::find(*id, "in") && !contains(ids_in(*id, "in"), i.id))
            return false;
    }
    if (const json::value* title = json::find(filter, "title"); title && title->IsObject()) {
        const auto eq = optional_text(*title, "eq");
        const auto part = optional_text(*title, "contains");
        const auto start = optional_text(*title, "startsWith");
        if ((eq && *eq != i.title) || (part && i.title.find(*part) == std::string::npos) ||
            (start && !i.title.starts_with(*start)))
            return false;
    }
    return true;
}

json::value linear_store::list_issues(const json::value& args, json::allocator& a) const
{
    const std::size_t limit = page_size(args);
    const json::value* filter = json::find(args, "filter");
    const bool filtered = filter && filter->IsObject();
    json::value nodes{rapidjson::kArrayType};
    bool more = false;
    const auto offer = [&](const issue& i) {
        if (filtered && !passes(i, *filter))
            return;
        more = nodes.Size() == limit;
        if (!more)
            nodes.PushBack(show(i, a), a);
    };
    const json::value* by_id = filtered ? json::find(*filter, "id") : nullptr;
    const auto eq = by_id ? optional_text(*by_id, "eq") : std::nullopt;
    if (eq) {  // the usual question, and the store may hold tens of thousands
        if (const auto found = issue_by_name_.find(*eq); found != issue_by_name_.end())
            offer(issues_[found->second]);
    } else {
        for (auto i = issues_.rbegin(); i != issues_.rend() && !more; ++i)
            offer(*i);
    }
    return connection(std::move(nodes), more, a);
}

json::value linear_store::list_attachments(const json::value& args, json::allocator& a) const
{
    const std::size_t limit = page_size(args);
    const auto found = attachments_by_url_.find(text_or(args, "url", ""));
    json::value nodes{rapidjson::kArrayType};
    bool more = false;
    if (found != attachments_by_url_.end()) {
        for (const std::size_t at : found->second)
            if (nodes.Size() < limit)
                nodes.PushBack(show(attachments_[at], a), a);
        more = found->second.size() > limit;
    }
    return connection(std::move(nodes), more, a);
}

}  // namespace sandbox
