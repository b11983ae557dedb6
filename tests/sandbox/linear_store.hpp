#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "call.hpp"
#include "digest.hpp"
#include "json.hpp"

// Teams, issues, attachments and comments, and Linear's rules for making them. The id a client chooses is its only
// protection against a second ticket, so the rule for a used id is the one that matters most here.
namespace sandbox {

struct linear_error {
    std::string message;
    std::string_view code;
    std::string_view type;
    unsigned status;
    std::string presentable;
    std::string path;  // not empty: the answer names the root field that failed
};

class linear_store {
public:
    explicit linear_store(unsigned long long seed) : ids_{seed} {}

    // Executes one root field, whose arguments were validated. The answer has every served field of its type; the
    // caller picks. Throws linear_error. Marks on the call what was created.
    json::value resolve(std::string_view field, const json::value& args, call& c, json::allocator& a);

    void configure(const json::value& config);
    std::string report() const;

private:
    struct team {
        std::string id;
        std::string key;
        std::string name;
        std::int64_t next_number = 101;
    };
    struct issue {
        std::string id;
        std::string identifier;
        std::int64_t number = 0;
        std::size_t team_at = 0;
        std::string title;
        std::optional<std::string> description;
        std::optional<std::string> due_date;
        std::optional<double> estimate;
        std::int64_t priority = 0;
        std::vector<std::string> labels;
        std::string input;  // whole, as JSON: for the test's own view
        std::int64_t created_us = 0;
    };
    struct attachment {
        std::string id;
        std::string url;
        std::string title;
        std::optional<std::string> subtitle;
        std::string metadata = "{}";
        bool grouped = false;
        std::size_t issue_at = 0;
        std::int64_t created_us = 0;
        std::int64_t updated_us = 0;
    };
    struct comment {
        std::string id;
        std::string body;
        std::size_t issue_at = 0;
        std::int64_t created_us = 0;
    };

    json::value create_issue(const json::value& input, call& c, json::allocator& a);
    json::value create_attachment(const json::value& input, call& c, json::allocator& a);
    json::value create_comment(const json::value& input, call& c, json::allocator& a);
    json::value list_issues(const json::value& args, json::allocator& a) const;
    json::value list_attachments(const json::value& args, json::allocator& a) const;
    json::value find_team(const json::value& args, json::allocator& a) const;
    json::value payload(std::string_view name, json::value entity, json::allocator& a);

    std::string chosen_id(const json::value& input);
    void check_references(const json::value& input) const;
    std::size_t need_issue(const std::string& id_or_key) const;
    bool passes(const issue& i, const json::value& filter) const;

    json::value show(const team& t, json::allocator& a) const;
    json::value show(const issue& i, json::allocator& a) const;
    json::value show(const attachment& at, json::allocator& a) const;
    json::value show(const comment& cm, json::allocator& a) const;

    std::vector<team> teams_;
    std::optional<std::set<std::string>> labels_;  // absent: every well-formed label id is taken to exist
    std::vector<issue> issues_;
    std::unordered_map<std::string, std::size_t> issue_by_name_;  // by id and by identifier
    std::vector<attachment> attachments_;
    std::unordered_map<std::string, std::vector<std::size_t>> attachments_by_url_;
    std::set<std::string> attachment_ids_;
    std::map<std::string, comment> comments_;
    std::int64_t sync_id_ = 0;
    dice ids_;
};

}  // namespace sandbox
