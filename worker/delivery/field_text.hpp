#pragma once
// A text of the operator's with fields of a removal in it: mustache, of which only fields, sections and comments are
// let through. A value is shown in one way, chosen for the place it lands in, so that no seat's name can change that
// place.
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace reclaim::delivery {

// What a text may show, by name.
using ticket_fields = std::map<std::string, std::string, std::less<>>;

enum class shown_as {
    itself,    // a title, which is not Markdown
    code,      // Markdown inline code
    url_part,  // percent-encoded
};

class field_text {
public:
    // Mistakes are added to `problems`, one per line with the text's name: a tag that is not closed, a field outside
    // `known`, a tag that would insert a value raw.
    field_text(std::string_view name, const std::string& text, shown_as how, std::span<const std::string_view> known,
               std::string& problems);
    ~field_text();
    field_text(field_text&&) noexcept;

    bool is_blank() const { return blank_; }
    // Empty and absent fields show as nothing.
    std::string render(const ticket_fields& fields) const;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
    bool blank_;
};

}  // namespace reclaim::delivery
