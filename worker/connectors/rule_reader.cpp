#include "worker/connectors/rule_reader.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace reclaim::connectors {

namespace {

template <class Word>
struct named {
    std::string_view name;
    Word word;
};

constexpr named<verdict> verdicts[] = {
    {"done", verdict::done},           {"absent", verdict::absent},       {"scheduled", verdict::scheduled},
    {"held", verdict::held},           {"inherited", verdict::inherited}, {"recheck", verdict::recheck},
    {"throttled", verdict::throttled}, {"retry", verdict::retry},         {"denied", verdict::denied},
    {"refused", verdict::refused},     {"unknown", verdict::unknown},
};
constexpr named<wait_rule::unit> units[] = {
    {"seconds", wait_rule::unit::seconds},
    {"seconds_or_date", wait_rule::unit::seconds_or_date},
    {"epoch_s", wait_rule::unit::epoch_s},
    {"epoch_ms", wait_rule::unit::epoch_ms},
};
constexpr named<json_condition::test> valueless_tests[] = {
    {"non_null", json_condition::test::non_null},
    {"null_or_missing", json_condition::test::null_or_missing},
    {"empty_array", json_condition::test::empty_array},
};

template <class Word, std::size_t Count>
std::optional<Word> find_word(const named<Word> (&words)[Count], std::string_view text)
{
    const auto found = std::find_if(std::begin(words), std::end(words), [&](const auto& w) { return w.name == text; });
    return found == std::end(words) ? std::nullopt : std::optional(found->word);
}

template <class Word, std::size_t Count>
Word read_word(config::table& at, std::string_view key, const named<Word> (&words)[Count])
{
    const std::string text = at.text(key);
    const auto word = find_word(words, text);
    if (!word && !text.empty()) {
        std::string known;
        for (const auto& w : words)
            known += (known.empty() ? "" : ", ") + std::string(w.name);
        at.problem(key, "is none of the known words; use one of: " + known);
    }
    return word.value_or(words[0].word);
}

// "204" or "5xx"
std::optional<std::pair<std::size_t, std::size_t>> parse_status(std::string_view text)
{
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() != 3 || text[0] < '1' || text[0] > '5')
        return std::nullopt;
    const auto hundred = static_cast<std::size_t>(text[0] - '0') * 100;
    if (text.substr(1) == "xx")
        return std::pair(hundred, hundred + 99);
    if (!digit(text[1]) || !digit(text[2]))
        return std::nullopt;
    const auto status = hundred + static_cast<std::size_t>((text[1] - '0') * 10 + (text[2] - '0'));
    return std::pair(status, status);
}

text_template parse_template(config::table& at, std::string_view key, std::string_view text,
                             std::span<const std::string> declared)
{
    auto parsed = text_template::parse(text);
    if (!parsed) {
        at.problem(key, parsed.error());
        return {};
    }
    require_declared(at, key, parsed->names(), declared);
    return std::move(*parsed);
}

json_condition read_json_condition(config::table at, std::span<const std::string> declared)
{
    using test = json_condition::test;
    json_condition made;
    made.of = read_selector(at, declared);
    int tests = 0;
    const auto take = [&](std::string_view key, std::vector<std::string> values, test is) {
        if (values.empty())
            return;
        ++tests;
        made.is = is;
        for (const std::string& value : values)
            made.values.push_back(parse_template(at, key, value, declared));
    };
    const auto one = [&](std::string_view key) {
        const auto value = at.optional_text(key);
        return value ? std::vector<std::string>{*value} : std::vector<std::string>{};
    };
    take("equals", one("equals"), test::equals);
    take("in", at.texts("in"), test::equals);
    take("contains_ci", one("contains_ci"), test::contains_ci);
    take("none_equals", one("none_equals"), test::none_equals);
    if (const auto word = at.optional_text("is")) {
        ++tests;
        made.is = read_word(at, "is", valueless_tests);
    }
    if (tests != 1)
        at.problem("at", "needs exactly one of: equals, in, contains_ci, none_equals, is");
    if (made.is == test::none_equals && made.of.at.find("/*") == std::string::npos)
        at.problem("at", "needs a '*' where the array is, because none_equals is about its elements");
    return made;
}

header_condition read_header_condition(config::table at)
{
    header_condition made;
    made.name = at.text("name");
    made.equals = at.optional_text("equals");
    return made;
}

template <class Condition>
bool all_among(const std::vector<Condition>& wanted, const std::vector<Condition>& in)
{
    return std::all_of(wanted.begin(), wanted.end(),
                       [&](const Condition& c) { return std::find(in.begin(), in.end(), c) != in.end(); });
}

// Whatever the later rule takes, the earlier ones have taken: status by status, one that asks for nothing more.
bool is_hidden(const rule& later, const std::vector<rule>& earlier)
{
    status_set left = later.statuses;
    for (const rule& before : earlier) {
        if (all_among(before.json, later.json) && all_among(before.headers, later.headers))
            left &= ~before.statuses;
    }
    return left.none();
}

// Answers with these statuses have no body by definition.
bool has_no_body(const status_set& statuses)
{
    status_set bodies = statuses;
    bodies.reset(204).reset(304);
    return bodies.none();
}

}  // namespace

void require_declared(config::table& at, std::string_view key, const std::vector<std::string>& used,
                      std::span<const std::string> declared)
{
    for (const std::string& name : used) {
        if (std::find(declared.begin(), declared.end(), name) == declared.end())
            at.problem(key, "uses {" + name + "}, which is not declared; add it to variables at the top");
    }
}

text_template read_template(config::table& at, std::string_view key, std::span<const std::string> declared)
{
    return parse_template(at, key, at.text(key), declared);
}

std::vector<pair_template> read_pairs(config::table at, std::span<const std::string> declared)
{
    std::vector<pair_template> made;
    for (const auto& [name, value] : at.text_members())
        made.push_back({name, parse_template(at, name, value, declared), false});
    return made;
}

selector read_selector(config::table& at, std::span<const std::string> declared)
{
    selector made;
    made.at = at.text("at");
    if (!json::is_pointer(made.at))
        at.problem("at", "is no JSON pointer; write it like /errors/*/code");
    for (pair_template& member : read_pairs(at.sub("where"), declared))
        made.where.emplace("/" + member.name, std::move(member.value));
    if (!made.where.empty() && made.at.find("/*") == std::string::npos)
        at.problem("at", "needs a '*' where the array is, because where chooses among its elements");
    return made;
}

status_set read_statuses(config::table& at, std::string_view key)
{
    status_set made;
    const auto texts = at.texts(key);
    for (const std::string& text : texts) {
        const auto range = parse_status(text);
        if (!range) {
            at.problem(key, "holds something that is no status; write statuses like \"204\" or \"5xx\"");
            continue;
        }
        for (std::size_t status = range->first; status <= range->second; ++status)
            made.set(status);
    }
    return texts.empty() ? made.set() : made;
}

std::vector<rule> read_rules(config::table& at, std::span<const verdict> allowed, std::span<const std::string> declared)
{
    std::vector<rule> made;
    for (config::table item : at.items("classify")) {
        rule next;
        next.statuses = read_statuses(item, "status");
        for (const config::table& condition : item.items("json"))
            next.json.push_back(read_json_condition(condition, declared));
        for (const config::table& condition : item.items("header"))
            next.headers.push_back(read_header_condition(condition));
        next.gives = read_word(item, "result", verdicts);
        if (std::find(allowed.begin(), allowed.end(), next.gives) == allowed.end())
            item.problem("result", "cannot be concluded from this request");
        next.why = item.text("why", "");
        const auto wait = item.duration("wait", {}, std::chrono::seconds(0), std::chrono::hours(1));
        if (wait.count() > 0) {
            next.wait = wait;
            if (next.gives != verdict::throttled)
                item.problem("wait", "only means something with result = \"throttled\"");
        }
        if (is_hidden(next, made))
            item.problem("result", "can never be reached: earlier rules take every answer this one would");
        if (!next.json.empty() && has_no_body(next.statuses))
            item.problem("json", "can never hold: an answer with this status has no body");
        made.push_back(std::move(next));
    }
    return made;
}

namespace {

wait_rule read_wait(config::table& at, std::string_view header)
{
    wait_rule made;
    made.header = at.text(header);
    made.in = read_word(at, "unit", units);
    if (const auto minus = at.optional_text("minus")) {
        made.minus_date = true;
        if (*minus != "date")
            at.problem("minus", "can only be \"date\"");
    }
    return made;
}

}  // namespace

std::vector<wait_rule> read_waits(config::table& at)
{
    std::vector<wait_rule> made;
    for (config::table item : at.items("wait"))
        made.push_back(read_wait(item, "header"));
    return made;
}

std::optional<allowance_rule> read_allowance(config::table at)
{
    if (!at.present())
        return std::nullopt;
    allowance_rule made;
    made.left = at.text("left");
    made.of = at.text("of");
    made.reset = read_wait(at, "reset");
    return made;
}

}  // namespace reclaim::connectors
