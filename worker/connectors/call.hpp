#pragma once
// One of the requests a recipe is made of: how it is written and how its answers are read.
#include "worker/connectors/capture.hpp"
#include "worker/connectors/rules.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace reclaim::connectors {

// The answer must repeat what was asked about; a cache, a proxy or a bug may answer with somebody else's seat.
struct echo {
    std::string at;  // JSON pointer
    text_template equals;
};

// A name and a value of a query, or a header.
struct pair_template {
    std::string name;
    text_template value;
    bool is_optional = false;  // a header that is left out when the look told no value for it
};

// Where a look's answer tells that there is more of it, and where.
struct next_page {
    enum class way {
        link,         // a URL in the body, opaque, followed only to the same place
        link_header,  // the URL of rel="next" in the Link header (RFC 8288), likewise
        cursor,       // a text in the body, sent back as the query's part `into`
    } by = way::link;
    std::string at;              // JSON pointer
    std::string into;            // cursor only
    std::size_t pages_max = 20;  // a list with more pages than this is not read to its end: unknown
};

// A value a look finds and the removal needs: the vendor's id of the assignment, or the version it was seen in.
struct saved_value {
    std::string name;
    selector from;
    std::string header;        // read this header instead of the body
    bool is_optional = false;  // only for headers of the removal, which is then sent without
};

struct call {
    // A check and a health call ask for a document, so 2xx without JSON is nonsense; a revoke or
    // restore may be answered with nothing.
    enum class purpose { check, revoke, health, restore } why = purpose::check;
    std::string method = "GET";
    text_template path;
    std::vector<pair_template> query;
    std::vector<pair_template> headers;
    std::optional<json_template> body;
    std::vector<rule> rules;  // in order, the recipe's common rules last
    std::optional<connectors::echo> echo;
    std::optional<next_page> next;   // check only
    std::vector<saved_value> saves;  // check only: required of an answer that reads "held"
    std::vector<capture> captures;   // check only: what a restore wants to know of a seat that is held
    std::string assignment_at;       // JSON pointer to how the seat is assigned, "" when the vendor does not tell
    status_set expected;             // health only: these statuses prove that base URL and credential are good

    // For the evidence: as the recipe writes it, so that it names nobody.
    std::string operation() const
    {
        std::string text = method + " " + path.source();
        for (const pair_template& part : query)
            text += (&part == &query.front() ? "?" : "&") + part.name + "=" + part.value.source();
        return text;
    }
};

}  // namespace reclaim::connectors
