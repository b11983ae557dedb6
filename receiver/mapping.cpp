#include "receiver/mapping.hpp"

#include "receiver/shapes.hpp"

#include <algorithm>

namespace reclaim::receiver {

namespace {

constexpr std::string_view approval_id = "approval_id";

std::string pointer_of(const mapping_options& options, std::string_view name, std::string_view default_folder)
{
    const auto given = options.pointers.find(name);
    return given != options.pointers.end() ? given->second : std::string(default_folder).append(name);
}

// A body together with the JSON that stands as text inside it.
class whole_body {
public:
    whole_body(json::value root, const std::vector<std::string>& json_in, const json::limits& bounds) : root_(root)
    {
        for (const std::string& pointer : json_in) {
            const auto text = at(pointer).string();
            // Text that is no JSON has no fields: those that lead into it are reported as missing.
            if (auto parsed = json::document::parse(text.value_or(""), bounds); parsed)
                inside_.emplace_back(pointer, std::move(*parsed));
        }
    }

    json::value at(std::string_view pointer) const
    {
        const auto holder = std::find_if(inside_.rbegin(), inside_.rend(), [&](const auto& each) {
            return pointer.starts_with(each.first) && pointer.substr(each.first.size()).starts_with('/');
        });
        return holder == inside_.rend() ? root_.at(pointer) : holder->second.at(pointer.substr(holder->first.size()));
    }

private:
    json::value root_;
    std::vector<std::pair<std::string_view, json::document>> inside_;
};

bool may_send(const mapping_options& options, std::string_view type)
{
    return options.events.empty() ||
           std::find(options.events.begin(), options.events.end(), type) != options.events.end();
}

}  // namespace

mapping::mapping(const mapping_options& options)
    : type_pointer_(pointer_of(options, "type", "/")),
      json_in_(options.json_in),
      times_(options.times),
      bounds_(options.bounds)
{
    auto names = options.types;
    if (names.empty())
        for (const event& each : known_events())
            names.emplace(each.type, each.type);
    for (const auto& [theirs, ours] : names) {
        const event* const known = find_event(ours);
        if (!known || !may_send(options, ours))
            continue;
        known_event& made = events_[theirs];
        made.type = known->type;
        for (const field& each : known->fields)
            made.places.push_back({each, pointer_of(options, each.name, "/data/")});
    }
}

std::variant<mapped, not_subscribed, unusable> mapping::read(json::value root, instant now) const
{
    const whole_body body(root, json_in_, bounds_);
    const auto type = body.at(type_pointer_).string();
    if (!type)
        return unusable{{type_pointer_, "the event's type as text"}};
    const auto known = events_.find(*type);
    if (known == events_.end())
        return not_subscribed{};

    mapped out{known->second.type, {}, {}, {}};
    unusable bad;
    json::writer facts;
    facts.begin_object();
    for (const auto& [wanted, pointer] : known->second.places) {
        const json::value found = body.at(pointer);
        const bool absent = !found || found.kind() == json::kind::null;
        if (absent && wanted.presence == presence::optional)
            continue;
        if (!write_shaped(facts, wanted.name, found, wanted.shape, now, times_))
            bad.push_back({pointer, describe(wanted.shape, times_)});
        else if (wanted.personal)
            out.personal.emplace_back(wanted.personal, *found.string());
        else if (wanted.name == approval_id)
            out.approval_id = *found.string();
    }
    facts.end_object();
    if (!bad.empty())
        return bad;
    out.facts = facts.take();
    return out;
}

}  // namespace reclaim::receiver
