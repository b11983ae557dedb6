#pragma once
// The bytes of one connection that have arrived and are not used yet, in one piece. It grows to what a message needs,
// up to its bound, and gives large memory back when it runs empty, so that thousands of idle connections stay small.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <cstring>
#include <memory>
#include <string_view>

namespace reclaim::http {

class read_buffer {
public:
    explicit read_buffer(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
    bool empty() const { return begin_ == end_; }
    bool full() const { return end_ - begin_ == bytes_max_; }

    // Room behind the unused bytes, at least one byte of it unless full(). It grows with what has come, not with what
    // was announced: a length alone costs a peer nothing.
    boost::asio::mutable_buffer space()
    {
        const std::size_t used = end_ - begin_;
        if (size_ - end_ < room_bytes && size_ < bytes_max_ && used + room_bytes > size_)
            grow(std::min(std::max(first_bytes, 2 * size_), bytes_max_));
        else if (size_ - end_ < room_bytes)
            move_to_front();
        return {bytes_.get() + end_, size_ - end_};
    }
    void commit(std::size_t count) { end_ += count; }

    void consume(std::size_t count)
    {
        begin_ += count;
        if (begin_ != end_)
            return;
        begin_ = end_ = 0;
        if (size_ > kept_bytes) {
            bytes_.reset();
            size_ = 0;
        }
    }

private:
    static constexpr std::size_t first_bytes = 4096;
    static constexpr std::size_t room_bytes = 1024;
    static constexpr std::size_t kept_bytes = 16384;

    void grow(std::size_t size)
    {
        auto larger = std::make_unique_for_overwrite<char[]>(size);
        if (!empty())
            std::memcpy(larger.get(), bytes_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
        bytes_ = std::move(larger);
        size_ = size;
    }
    void move_to_front()
    {
        if (begin_ == 0)
            return;
        std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }

    std::size_t bytes_max_;
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace reclaim::http
