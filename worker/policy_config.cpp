#include "worker/policy_config.hpp"

#include "common/json/writer.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <vector>

namespace reclaim::worker {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds day = 24h;
constexpr std::string_view zoneinfo = "/usr/share/zoneinfo/";

struct window {
    std::vector<int> days;  // 1 Monday .. 7 Sunday
    std::string from;
    std::string to;
};

std::string seconds_text(milliseconds length)
{
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(length).count()) + " seconds";
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> out;
    for (auto at = text.find(separator); at != text.npos; at = text.find(separator)) {
        out.push_back(text.substr(0, at));
        text.remove_prefix(at + 1);
    }
    out.push_back(text);
    return out;
}

std::optional<int> parse_day(std::string_view text)
{
    static constexpr std::array<std::string_view, 7> names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end())
        return std::nullopt;
    return static_cast<int>(found - names.begin()) + 1;
}

// "mon-fri", "mon,wed", "fri-sun,tue", "daily"
std::optional<std::vector<int>> parse_days(std::string_view text)
{
    if (text == "daily")
        return std::vector{1, 2, 3, 4, 5, 6, 7};
    std::vector<int> out;
    for (const auto part : split(text, ',')) {
        const auto ends = split(part, '-');
        const auto first = parse_day(ends.front());
        const auto last = parse_day(ends.back());
        if (ends.size() > 2 || !first || !last)
            return std::nullopt;
        for (int one = *first;; one = one % 7 + 1) {  // "fri-mon" goes over the weekend
            out.push_back(one);
            if (one == *last)
                break;
        }
    }
    return out;
}

bool is_time(std::string_view text)
{
    const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4))
        return false;
    return text.substr(0, 2) < "24" && text[3] < '6';
}

// "mon-fri 20:00-06:00"; an end that is not after its start is on the next day.
std::optional<window> parse_window(std::string_view text)
{
    const auto parts = split(text, ' ');
    const auto times = split(parts.back(), '-');
    const auto days = parse_days(parts.front());
    if (parts.size() != 2 || times.size() != 2 || !days || !is_time(times[0]) || !is_time(times[1]))
        return std::nullopt;
    return window{*days, std::string(times[0]), std::string(times[1])};
}

bool is_time_zone(const std::string& name)
{
    const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
               c == '-' || c == '+';
    });
    std::error_code ignored;
    // Where there is no list of zones the database's own decides; one that it does not know removes nothing.
    return is_plain && (!std::filesystem::exists(zoneinfo, ignored) ||
                        std::filesystem::is_regular_file(std::string(zoneinfo) + name, ignored));
}

void write_texts(json::writer& out, std::string_view key, const std::vector<std::string>& texts)
{
    out.key(key).begin_array();
    for (const auto& text : texts)
        out.string(text);
    out.end_array();
}

std::vector<std::string> read_names(config::table& section, std::string_view key)
{
    auto names = section.texts(key);
    if (std::any_of(names.begin(), names.end(), [](const auto& name) { return name.empty(); }))
        section.problem(key, "holds an empty name; take it out");
    return names;
}

void read_windows(config::table& section, json::writer& out)
{
    const auto texts = section.texts("windows");
    const auto zone = section.optional_text("time_zone");
    if (texts.empty()) {
        if (section.has("windows"))
            section.problem("windows", "names no window, so nothing could ever be removed; take the key out for no "
                                       "windows, or close the app's gate");
        if (zone)
            section.problem("time_zone", "means nothing without windows");
        return;
    }
    if (!zone)
        section.problem("time_zone", "is missing; windows need one, such as \"Europe/Berlin\"");
    else if (!is_time_zone(*zone))
        section.problem("time_zone", "is not a time zone of the IANA list; write one such as \"Europe/Berlin\"");
    out.key("windows").begin_array();
    for (const auto& text : texts) {
        const auto one = parse_window(text);
        if (!one) {
            section.problem("windows",
                            "holds something that is not a window; write for example [\"mon-fri 20:00-06:00\", "
                            "\"sat,sun 08:00-12:00\", \"daily 22:00-23:30\"]");
            continue;
        }
        out.begin_object().key("days").begin_array();
        for (const int each : one->days)
            out.integer(each);
        out.end_array().member("from", one->from).member("to", one->to).end_object();
    }
    out.end_array().member("time_zone", zone.value_or(""));
}

void read_app(config::table& section, json::writer& out)
{
    if (section.has("approvers"))
        write_texts(out, "approvers", read_names(section, "approvers"));
    if (section.has("second_approver"))
        out.member("second_approver", section.flag("second_approver", false));
    if (section.has("owners_min"))
        out.member("owners_min", section.integer("owners_min", 1, 1, 1000));
    if (section.has("grace"))
        out.member("grace", seconds_text(section.duration("grace", 0ms, 0ms, 90 * day)));
    read_windows(section, out);
}

}  // namespace

std::string read_policy(config::table section, const std::set<std::string, std::less<>>& apps)
{
    json::writer out;
    out.begin_object();
    out.member("approval_age_max", seconds_text(section.duration("approval_age_max", 72h, 1s, 365 * day)));
    const auto persons = section.text("approver_and_requester", "differ_if_named");
    if (persons != "differ_if_named" && persons != "differ" && persons != "may_be_same")
        section.problem("approver_and_requester", "must be \"differ_if_named\", \"differ\" or \"may_be_same\"");
    out.member("approver_and_requester", persons);
    write_texts(out, "protected_subjects", read_names(section, "protected_subjects"));
    write_texts(out, "protected_attributes", read_names(section, "protected_attributes"));
    out.member("second_approver", section.flag("second_approver", false));
    if (section.has("activity_age_max"))
        out.member("activity_age_max", seconds_text(section.duration("activity_age_max", day, 1s, 365 * day)));
    out.member("grace", seconds_text(section.duration("grace", 0ms, 0ms, 90 * day)));
    out.key("apps").begin_object();
    for (auto& [name, app] : section.subs("apps")) {
        if (!apps.contains(name))
            app.problem("", "is about an app that no [apps.NAME] section describes");
        out.key(name).begin_object();
        read_app(app, out);
        out.end_object();
    }
    out.end_object().end_object();
    return out.take();
}

}  // namespace reclaim::worker
