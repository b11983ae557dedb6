#pragma once
// How many calls may be under way at once: any number while the other side answers. After it asked for a pause, or did
// not answer a few times in a row, one; and with each answer one more. So an outage costs a probe now and then, and its
// end no flood.
#include <algorithm>
#include <optional>
#include <utility>

namespace reclaim::delivery {

class window {
public:
    // The right to one call, given back at its end. The window must outlive it.
    class turn {
    public:
        explicit turn(window* of) : of_(of) {}
        turn(turn&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
        turn& operator=(turn&&) = delete;
        ~turn()
        {
            if (of_)
                --of_->under_way_;
        }

    private:
        window* of_;
    };

    // Nothing: enough are under way.
    std::optional<turn> take()
    {
        if (under_way_ >= width_)
            return std::nullopt;
        ++under_way_;
        return turn(this);
    }

    void answered()
    {
        unanswered_ = 0;
        width_ = std::min(width_ + 1, widest);
    }
    void asked_for_a_pause() { width_ = 1; }
    // How many times in a row beyond those that may be bad luck; 0: go on as before.
    int not_answered()
    {
        if (++unanswered_ < unlucky)
            return 0;
        width_ = 1;
        return unanswered_ - unlucky + 1;
    }

private:
    static constexpr int widest = 1 << 20;
    static constexpr int unlucky = 5;

    int width_ = widest;
    int under_way_ = 0;
    int unanswered_ = 0;
};

}  // namespace reclaim::delivery
