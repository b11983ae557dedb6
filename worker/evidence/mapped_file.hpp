#pragma once
// A file as one text, mapped and not read: a pack may be larger than the memory.
#include <string>
#include <string_view>

namespace reclaim::worker::evidence {

class mapped_file {
public:
    // Throws unreadable (report.hpp) when it is not there or cannot be read.
    explicit mapped_file(const std::string& path);
    ~mapped_file();
    mapped_file(const mapped_file&) = delete;
    mapped_file& operator=(const mapped_file&) = delete;

    std::string_view text() const { return text_; }  // lives as long as this

private:
    std::string_view text_;
};

// Takes one line off the front, without its newline; false at the end.
inline bool take_line(std::string_view& from, std::string_view& line)
{
    if (from.empty())
        return false;
    const auto end = from.find('\n');
    line = from.substr(0, end);
    from.remove_prefix(end == std::string_view::npos ? from.size() : end + 1);
    return true;
}

}  // namespace reclaim::worker::evidence
