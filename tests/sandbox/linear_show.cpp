#include "linear_store.hpp"

#include <algorithm>

// Stored things as JSON with every served field, and the test's own view of the store.
namespace sandbox {
namespace {

json::value text_or_null(const std::optional<std::string>& v, json::allocator& a)
{
    return v ? json::text(*v, a) : json::value{};
}

void put_times(json::value& out, std::int64_t created_us, std::int64_t updated_us, json::allocator& a)
{
    out.AddMember("createdAt", json::text(iso_time(created_us), a), a);
    out.AddMember("updatedAt", json::text(iso_time(updated_us), a), a);
    out.AddMember("archivedAt", json::value{}, a);
}

std::string url_of(const std::string& identifier)
{
    return "https://linear.app/sandbox/issue/" + identifier;
}

}  // namespace

json::value linear_store::show(const team& t, json::allocator& a) const
{
    json::value out{rapidjson::kObjectType};
    out.AddMember("id", json::text(t.id, a), a).AddMember("key", json::text(t.key, a), a);
    out.AddMember("name", json::text(t.name, a), a).AddMember("displayName", json::text(t.name, a), a);
    return out;
}

json::value linear_store::show(const issue& i, json::allocator& a) const
{
    json::value labels{rapidjson::kArrayType};
    for (const std::string& id : i.labels)
        labels.PushBack(json::text(id, a), a);
    json::value out{rapidjson::kObjectType};
    out.AddMember("id", json::text(i.id, a), a).AddMember("identifier", json::text(i.identifier, a), a);
    out.AddMember("number", i.number, a).AddMember("url", json::text(url_of(i.identifier), a), a);
    out.AddMember("title", json::text(i.title, a), a).AddMember("description", text_or_null(i.description, a), a);
    put_times(out, i.created_us, i.created_us, a);
    out.AddMember("trashed", json::value{}, a).AddMember("priority", i.priority, a);
    out.AddMember("estimate", i.estimate ? json::value{*i.estimate} : json::value{}, a);
    out.AddMember("dueDate", text_or_null(i.due_date, a), a).AddMember("labelIds", labels, a);
    out.AddMember("previousIdentifiers", json::value{rapidjson::kArrayType}, a);
    out.AddMember("team", show(teams_[i.team_at], a), a);
    return out;
}

json::value linear_store::show(const attachment& at, json::allocator& a) const
{
    json::document metadata{&a};
    json::parse(metadata, at.metadata);
    json::value out{rapidjson::kObjectType};
    out.AddMember("id", json::text(at.id, a), a).AddMember("url", json::text(at.url, a), a);
    out.AddMember("title", json::text(at.title, a), a).AddMember("subtitle", text_or_null(at.subtitle, a), a);
    out.AddMember("metadata", json::value{metadata, a}, a).AddMember("groupBySource", at.grouped, a);
    put_times(out, at.created_us, at.updated_us, a);
    out.AddMember("issue", show(issues_[at.issue_at], a), a);
    return out;
}

json::value linear_store::show(const comment& cm, json::allocator& a) const
{
    const issue& on = issues_[cm.issue_at];
    json::value out{rapidjson::kObjectType};
    out.AddMember("id", json::text(cm.id, a), a).AddMember("body", json::text(cm.body, a), a);
    out.AddMember("url", json::text(url_of(on.identifier) + "#comment-" + cm.id.substr(0, 8), a), a);
    put_times(out, cm.created_us, cm.created_us, a);
    out.AddMember("issueId", json::text(on.id, a), a).AddMember("issue", show(on, a), a);
    return out;
}

void linear_store::configure(const json::value& config)
{
    std::vector<team> teams;
    if (const json::value* list = json::find(config, "teams")) {
        if (!list->IsArray())
            throw json::bad_input{"\"teams\" must be a list"};
        for (const json::value& v : list->GetArray()) {
            json::allow_only(v, {"id", "key", "name"}, "a team");
            teams.push_back({json::need_text(v, "id"), json::need_text(v, "key"), json::need_text(v, "name")});
            if (!is_uuid(teams.back().id))
                throw json::bad_input{"a team's \"id\" must be a UUID"};
        }
    }
    const auto labels = json::get_texts(config, "labels");
    // Teams are added, never replaced: issues refer to them by position.
    for (team& t : teams) {
        const auto same = [&](const team& known) { return known.id == t.id; };
        if (std::none_of(teams_.begin(), teams_.end(), same))
            teams_.push_back(std::move(t));
    }
    if (json::find(config, "labels"))
        labels_.emplace(labels.begin(), labels.end());
}

std::string linear_store::report() const
{
    json::writer out;
    out.open().open_list("issues");
    for (const issue& i : issues_)
        out.open()
            .put("id", i.id)
            .put("identifier", i.identifier)
            .put("title", i.title)
            .put("description", i.description.value_or(""))
            .put("team", teams_[i.team_at].key)
            .put("input", i.input)
            .put("created_us", i.created_us)
            .close();
    out.close_list().open_list("attachments");
    for (const attachment& at : attachments_)
        out.open()
            .put("id", at.id)
            .put("url", at.url)
            .put("title", at.title)
            .put("issue", issues_[at.issue_at].id)
            .close();
    out.close_list().open_list("comments");
    for (const auto& [id, said] : comments_)
        out.open().put("id", id).put("body", said.body).put("issue", issues_[said.issue_at].id).close();
    return out.close_list().close().take();
}

}  // namespace sandbox
