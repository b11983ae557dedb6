#include "worker/evidence/checkpoint_file.hpp"

#include "common/base/error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <unistd.h>

namespace reclaim::worker::evidence {
namespace {

[[noreturn]] void fail(const std::string& doing)
{
    throw std::system_error(errno, std::generic_category(), doing);
}

class descriptor {
public:
    explicit descriptor(int number) : number_(number) {}
    ~descriptor() { close(number_); }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    int get() const { return number_; }

private:
    int number_;
};

}  // namespace

std::vector<std::string> split_notes(std::string_view text)
{
    std::vector<std::string> out;
    std::size_t note = 0, paragraph = 0;
    // The paragraph of signatures, each of which begins with a dash, ends a note.
    for (auto end = text.find("\n\n"); end != std::string_view::npos; end = text.find("\n\n", paragraph)) {
        if (text.substr(paragraph).starts_with("\u2014 ")) {
            out.emplace_back(text.substr(note, end + 1 - note));
            note = end + 2;
        }
        paragraph = end + 2;
    }
    return out;
}

std::optional<checkpoint> checkpoint_file::mend_and_read_last(const std::vector<verifier_key>& by_one_of) const
{
    constexpr std::streamoff tail_bytes = 16384;  // holds more than one note
    if (!std::filesystem::exists(path_))
        return std::nullopt;
    std::ifstream file(path_, std::ios::binary | std::ios::ate);
    if (!file)
        throw setup_error("cannot read " + path_ + ": mend its permissions");
    const std::streamoff size = file.tellg();
    file.seekg(std::max<std::streamoff>(0, size - tail_bytes));
    std::ostringstream tail;
    tail << file.rdbuf();
    const auto whole_until = tail.view().rfind("\n\n");
    const auto whole = whole_until == std::string_view::npos ? 0 : static_cast<std::streamoff>(whole_until) + 2;
    const auto kept = std::max<std::streamoff>(0, size - tail_bytes) + whole;
    if (kept < size && truncate(path_.c_str(), kept) != 0)
        fail("mending " + path_);
    const auto notes = split_notes(tail.view());
    if (notes.empty())
        return std::nullopt;
    // The first note of the tail may be cut at its front; the last one is whole.
    const auto found = open_checkpoint(notes.back(), by_one_of);
    if (!found)
        throw setup_error("the last checkpoint in " + path_ +
                          " is not signed by the key of [seal] or one of its former_keys: keep that file as evidence "
                          "and name another");
    return found;
}

void checkpoint_file::append(std::string_view note) const
{
    const descriptor file(open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
    if (file.get() < 0)
        fail("opening " + path_);
    const std::string record = std::string(note) + '\n';
    // One write: a crash leaves at most a last note that is not whole, which split_notes() leaves out.
    if (write(file.get(), record.data(), record.size()) != static_cast<ssize_t>(record.size()))
        fail("writing " + path_);
    if (fdatasync(file.get()) != 0)
        fail("flushing " + path_);
}

}  // namespace reclaim::worker::evidence
