#pragma once
// Signed checkpoints in the form of C2SP tlog-checkpoint and signed-note, and the keys that sign them, in the text form
// that the note tools of the Go checksum database use. The private key lives in a file outside the database.
#include "common/base/secret.hpp"
#include "worker/evidence/merkle.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::worker::evidence {

struct checkpoint {
    std::string origin;
    std::uint64_t size = 0;
    digest root{};
    std::string sealed_at;  // UTC, 2026-01-31T09:30:00.000000Z
};

// Who may have signed: "origin+keyid+base64".
struct verifier_key {
    std::string origin;
    std::string id;          // 4 bytes
    std::string public_key;  // 32 bytes

    static std::optional<verifier_key> parse(std::string_view text);
    std::string text() const;
};

class signing_key {
public:
    // Throws setup_error when the text is no key of the form PRIVATE+KEY+origin+keyid+base64.
    static signing_key parse(const secret& text);
    static std::string generate(std::string_view origin);  // the text of a new one; origin without space and plus

    const verifier_key& verifier() const { return verifier_; }
    std::string sign(const checkpoint& what) const;  // the whole note

private:
    verifier_key verifier_;
    secret seed_;
};

// What a note says, whoever signed it or not; nothing when it is not of our form.
std::optional<checkpoint> read_checkpoint(std::string_view note);
// Nothing when the note is not exactly of our form, or not signed by that key, or by one of those.
std::optional<checkpoint> open_checkpoint(std::string_view note, const verifier_key& by);
std::optional<checkpoint> open_checkpoint(std::string_view note, const std::vector<verifier_key>& by_one_of);

}  // namespace reclaim::worker::evidence
