#pragma once
// What a verifier says, line by line, to a person: what fits, what does not, and what it could not check.
#include <cstdint>
#include <ostream>
#include <stdexcept>
#include <string>

namespace reclaim::worker::evidence {

// It cannot be judged at all: a file that is not there or not of the form.
struct unreadable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class report {
public:
    explicit report(std::ostream& to) : to_(to) {}

    void ok(const std::string& text) { to_ << "ok    " << text << '\n'; }
    void note(const std::string& text) { to_ << "note  " << text << '\n'; }
    void detail(const std::string& text) { to_ << "      " << text << '\n'; }
    void bad(const std::string& text)
    {
        constexpr std::int64_t shown_max = 50;
        if (++bad_ <= shown_max)
            to_ << "BAD   " << text << '\n';
    }
    void judge(bool fits, const std::string& good, const std::string& wrong) { fits ? ok(good) : bad(wrong); }

    // The verdict's line and the exit code: 0 or 1.
    int end()
    {
        if (bad_ > 0)
            to_ << bad_ << " findings: this is not what was sealed, or not all of it\n";
        else
            to_ << "all that was checked fits\n";
        return bad_ > 0 ? 1 : 0;
    }
    std::int64_t findings() const { return bad_; }

private:
    std::ostream& to_;
    std::int64_t bad_ = 0;
};

}  // namespace reclaim::worker::evidence
