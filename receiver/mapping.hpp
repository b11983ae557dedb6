#pragma once
// From one source's JSON to our facts. A source whose fields sit elsewhere or whose events have other names is
// described by JSON Pointers in the configuration; nothing is guessed.
#include "common/json/document.hpp"
#include "receiver/commitments.hpp"
#include "receiver/events.hpp"
#include "receiver/timestamp.hpp"

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace reclaim::receiver {

struct mapping_options {
    std::map<std::string, std::string, std::less<>>
        pointers;  // field name, or "type" -> JSON Pointer; default /data/<name>
    std::map<std::string, std::string, std::less<>> types;  // their event type -> ours; empty: they use our names
    std::vector<std::string> events;                        // ours that this source may send; empty: all
    // Pointers to text that is JSON itself. What is in it is read as if it stood there without the quotes, so other
    // pointers, later ones of these too, lead on into it.
    std::vector<std::string> json_in;
    receiver::times times = times::rfc3339;
    json::limits bounds{.depth_max = 32, .members_max = 256};  // of the body, and of each text that is JSON
};

struct mapped {
    std::string_view event_type;  // ours
    std::string approval_id;      // empty for flags
    std::string facts;            // JSON text for accept_webhooks
    personal_fields personal;     // of an approval: what the log commits to instead of saying it
};

struct not_subscribed {};

struct bad_field {
    std::string pointer;
    std::string_view expected;
};

using unusable = std::vector<bad_field>;  // every one of them, not only the first

class mapping {
public:
    explicit mapping(const mapping_options& options = {});

    std::variant<mapped, not_subscribed, unusable> read(json::value root, instant now) const;
    const json::limits& bounds() const { return bounds_; }

private:
    struct place {
        receiver::field field;
        std::string pointer;
    };
    struct known_event {
        std::string_view type;
        std::vector<place> places;
    };

    std::string type_pointer_;
    std::vector<std::string> json_in_;
    receiver::times times_;
    json::limits bounds_;
    std::map<std::string, known_event, std::less<>> events_;  // by their name
};

}  // namespace reclaim::receiver
