#include "worker/evidence/checkpoint.hpp"

#include "common/base/error.hpp"
#include "worker/evidence/checkpoint_file.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace reclaim;
using namespace reclaim::worker::evidence;

namespace {

// The key and the signature of the documentation of Go's golang.org/x/mod/sumdb/note.
const std::string go_private = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const std::string go_public = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

struct scratch_file {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("checkpoints-" + std::to_string(getpid()));
    ~scratch_file() { std::filesystem::remove(path); }
};

checkpoint made(std::uint64_t size)
{
    return {"example.com/reclaim", size, crypto::sha256(std::to_string(size)), "2026-01-31T09:30:00.000000Z"};
}

}  // namespace

TEST_CASE("keys have the form and the ids that other note tools use")
{
    const auto key = signing_key::parse(secret(go_private));
    CHECK(key.verifier().text() == go_public);
    REQUIRE(verifier_key::parse(go_public));
    CHECK(verifier_key::parse(go_public)->text() == go_public);
    for (const std::string bad :
         {"", "PeterNeumann", "PeterNeumann+c74f20a3", "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
          "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
          "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"})
        CHECK(!verifier_key::parse(bad));
    CHECK_THROWS_AS(signing_key::parse(secret(go_public)), setup_error);
    CHECK_THROWS_AS(signing_key::generate("two words"), setup_error);
}

TEST_CASE("a signed checkpoint opens with its key and with no other, and not after any change")
{
    const auto key = signing_key::parse(secret(signing_key::generate("example.com/reclaim")));
    const auto note = key.sign(made(7));
    CHECK(note.starts_with("example.com/reclaim\n7\n"));
    const auto open = open_checkpoint(note, key.verifier());
    REQUIRE(open);
    CHECK(open->size == 7);
    CHECK(open->root == made(7).root);
    CHECK(open->sealed_at == "2026-01-31T09:30:00.000000Z");
    const auto other = signing_key::parse(secret(signing_key::generate("example.com/reclaim")));
    CHECK(!open_checkpoint(note, other.verifier()));
    for (std::size_t at = 0; at < note.size(); ++at) {
        auto changed = note;
        changed[at] ^= 1;
        INFO("byte " << at);
        CHECK(!open_checkpoint(changed, key.verifier()));
    }
    CHECK(!open_checkpoint(note.substr(0, note.size() - 1), key.verifier()));
    CHECK(!open_checkpoint("", key.verifier()));
}

TEST_CASE("the checkpoint file gives back its last note, and what a crash left half written is cut off")
{
    const scratch_file scratch;
    const auto key = signing_key::parse(secret(signing_key::generate("example.com/reclaim")));
    const checkpoint_file file(scratch.path);
    CHECK(!file.mend_and_read_last({key.verifier()}));
    for (std::uint64_t size = 1; size <= 200; ++size) {  // more than is read from the end
        file.append(key.sign(made(size)));
        REQUIRE(file.mend_and_read_last({key.verifier()}));
        CHECK(file.mend_and_read_last({key.verifier()})->size == size);
    }
    const auto whole = std::filesystem::file_size(scratch.path);
    for (const auto cut : {3u, 30u, 100u, 190u}) {
        std::ofstream(scratch.path, std::ios::app | std::ios::binary) << key.sign(made(201)).substr(0, cut);
        CHECK(file.mend_and_read_last({key.verifier()})->size == 200);
        INFO("cut after " << cut);
        CHECK(std::filesystem::file_size(scratch.path) <= whole + cut);
    }
    file.append(key.sign(made(201)));
    CHECK(file.mend_and_read_last({key.verifier()})->size == 201);
    const auto other = signing_key::parse(secret(signing_key::generate("example.com/reclaim")));
    CHECK(file.mend_and_read_last({other.verifier(), key.verifier()})->size == 201);
    CHECK_THROWS_AS(file.mend_and_read_last({other.verifier()}), setup_error);
}
