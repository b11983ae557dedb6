#pragma once
// How a source packs its JSON into a body: as it is, or in one field of an HTML form, as Slack does with buttons. The
// bytes that were signed are recorded whole either way.
#include "common/http/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace reclaim::receiver {

class body_form {
public:
    body_form() = default;  // JSON as it is
    // "json" or "form:NAME"; nothing for anything else.
    static std::optional<body_form> parse(std::string_view text);

    // Whether the body is said to be of this form: the media type exactly once, UTF-8, no Content-Encoding.
    bool fits(const http::headers& in) const;
    // Whether it is said to be of any form that some source may have.
    static bool fits_some(const http::headers& in);

    // The JSON text; a view of the body, or of `unpacked`, where it is put when it has to be decoded. Nothing when the
    // form is malformed or does not hold the field exactly once.
    std::optional<std::string_view> json_of(std::string_view body, std::string& unpacked) const;

private:
    std::string field_;  // empty: the body is the JSON
};

}  // namespace reclaim::receiver
