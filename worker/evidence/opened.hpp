#pragma once
// Whether names are those that an event commits to.
#include "worker/evidence/flat_line.hpp"
#include "worker/evidence/report.hpp"

#include <string>
#include <string_view>

namespace reclaim::worker::evidence {

// Takes the lines that disclose something of that place off the front.
std::string_view disclosures_of(std::string_view& from, std::int64_t place);

struct opened_commitments {
    std::string hidden;      // letters of the commitments that no disclosure opens
    std::string_view lines;  // the disclosures, if all of them fit
};
// `disclosures` as disclosures_of() gives them. Reports each that does not fit. Throws unreadable.
opened_commitments judge_disclosures(const flat_line& event, std::string_view disclosures, std::int64_t place,
                                     report& to);

}  // namespace reclaim::worker::evidence
