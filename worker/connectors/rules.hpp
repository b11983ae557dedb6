#pragma once
// The vocabulary in which a recipe says what an answer means. Plain data: recipe.cpp fills it, classify.cpp reads it.
#include "worker/connectors/text_template.hpp"

#include <bitset>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reclaim::connectors {

// What a rule makes of an answer. The words of the recipe files are the names of these.
enum class verdict { done, absent, scheduled, held, inherited, recheck, throttled, retry, denied, refused, unknown };

using status_set = std::bitset<600>;

// Nodes of an answer's body. A token "*" of the JSON pointer stands for every element of an array; `where` keeps those
// elements of the first array whose members have these values, ASCII letters of either case.
struct selector {
    std::string at;
    std::map<std::string, text_template> where;  // by the pointer of the member inside the element, "/skuId"
    bool operator==(const selector&) const = default;
};

// Looks at the answer's body. Scalars compare as text: a string by its content, a number or boolean by its JSON
// spelling.
struct json_condition {
    enum class test {
        equals,       // any node found has one of the values
        contains_ci,  // any string found contains one of the values, ASCII letters of either case
        none_equals,  // there is an array at the '*' and no element has one of the values, in letters of either case
        non_null,     // any node found is something other than null
        null_or_missing,  // every node found is null, or there is none
        empty_array,      // the node is an array without elements
    };
    selector of;
    test is = test::non_null;
    std::vector<text_template> values;
    bool operator==(const json_condition&) const = default;
};

struct header_condition {
    std::string name;
    std::optional<std::string> equals;  // nothing: it is enough that the header is there
    bool operator==(const header_condition&) const = default;
};

// Holds when the status is in the set and every condition is met.
struct rule {
    status_set statuses;
    std::vector<json_condition> json;
    std::vector<header_condition> headers;
    verdict gives = verdict::unknown;
    std::string why;                                // for the record and the operator
    std::optional<std::chrono::milliseconds> wait;  // of a throttled answer whose headers do not tell
};

// Where an answer says how long to wait.
struct wait_rule {
    enum class unit { seconds, seconds_or_date, epoch_s, epoch_ms };
    std::string header;
    unit in = unit::seconds;
    bool minus_date = false;  // subtract the answer's own Date, so that our clock does not matter
};

// Where an answer says how many calls are left, of how many, and when the count begins anew.
struct allowance_rule {
    std::string left;
    std::string of;
    wait_rule reset;
};

}  // namespace reclaim::connectors
