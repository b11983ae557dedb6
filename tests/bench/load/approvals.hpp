#pragma once
// The requests to send: one correctly signed seat.removal.approved per seat number, complete with its HTTP head.
#include <cstdint>
#include <string>
#include <string_view>

#include "signer.hpp"

namespace load {

struct approval_fields {
    std::string app = "figma";
    std::string seat_prefix = "s";     // the number follows
    std::string subject_prefix = "u";  // the number follows
    std::uint64_t flag_epoch = 1;
};

struct request {
    std::uint64_t number = 0;
    std::string webhook_id;
    std::string approval_id;
    std::string bytes;
    std::size_t body_at = 0;

    std::string_view body() const { return std::string_view(bytes).substr(body_at); }
};

class approvals {
public:
    // run: makes the ids of this run distinct from every other run's against the same database.
    approvals(const approval_fields& fields, std::string_view run, std::string_view host, std::string_view path,
              const signer& by);

    // Reuses what `out` has allocated.
    void write(std::uint64_t number, request& out);

private:
    const signer& by_;
    std::string run_;
    std::string head_;                                    // up to the first header that differs between requests
    std::string body_before_seat_, body_before_subject_;  // with what follows the number before
    std::string body_end_;
    std::string body_;
};

}  // namespace load
