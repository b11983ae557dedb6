#include "tests/unit/common/config/support.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using reclaim::config::file;
using reclaim::testing::problems_of;

namespace {

namespace fs = std::filesystem;

class temporary_folder {
public:
    temporary_folder()
    {
        std::string name = (fs::temp_directory_path() / "reclaim-config-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~temporary_folder() { fs::remove_all(path_); }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;

    fs::path operator/(const char* name) const { return path_ / name; }

    void write(const char* name, const std::string& bytes, fs::perms mode = fs::perms(0600)) const
    {
        std::ofstream(path_ / name, std::ios::binary) << bytes;
        fs::permissions(path_ / name, mode);
    }

    file load(const std::string& text) const
    {
        write("f.toml", text);
        return file::load((path_ / "f.toml").string());
    }

    // The problems, with this folder's random name taken out.
    std::string problems(file& config) const
    {
        std::string text = problems_of(config);
        const std::string prefix = path_.string() + "/";
        for (auto at = text.find(prefix); at != text.npos; at = text.find(prefix))
            text.erase(at, prefix.size());
        return text;
    }

private:
    fs::path path_;
};

class environment_variable {
public:
    environment_variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
    ~environment_variable() { ::unsetenv(name_); }
    environment_variable(const environment_variable&) = delete;
    environment_variable& operator=(const environment_variable&) = delete;

private:
    const char* name_;
};

}  // namespace

TEST_CASE("a secret is read from a file beside the configuration, without the newline an editor adds")
{
    const temporary_folder folder;
    folder.write("plain", "hunter2");
    folder.write("edited", "hunter2\n");
    folder.write("from-windows", "hunter2\r\n");
    folder.write("spaced", " hunter2 \n\n");
    auto config =
        folder.load("a_file = \"plain\"\nb_file = \"edited\"\nc_file = \"from-windows\"\nd_file = \"spaced\"\n"
                    "e_file = \"" +
                    (folder / "plain").string() + "\"\n");
    auto root = config.root();
    CHECK(root.required_secret("a").reveal() == "hunter2");
    CHECK(root.required_secret("b").reveal() == "hunter2");
    CHECK(root.required_secret("c").reveal() == "hunter2");
    CHECK(root.required_secret("d").reveal() == " hunter2 \n");
    CHECK(root.optional_secret("e")->reveal() == "hunter2");
    CHECK(folder.problems(config) == "");
}

TEST_CASE("a secret is read from the environment")
{
    const environment_variable token("RECLAIM_TEST_TOKEN", "hunter2");
    auto config = file::parse("token_env = \"RECLAIM_TEST_TOKEN\"");
    CHECK(config.root().required_secret("token").reveal() == "hunter2");
    CHECK(problems_of(config) == "");
}

TEST_CASE(
    "a credential that systemd passes is read by its name, and may be open to the group that its access list shows")
{
    const temporary_folder folder;
    folder.write("okta.token", "hunter2\n", fs::perms(0440));
    folder.write("open", "hunter2", fs::perms(0444));
    {
        auto config = file::parse("token_credential = \"okta.token\"");
        CHECK(config.root().required_secret("token").empty());
        CHECK_THAT(problems_of(config),
                   Catch::Contains("token_credential: no credentials were passed to this program"));
    }
    const environment_variable passed("CREDENTIALS_DIRECTORY", (folder / "").string().c_str());
    auto config = file::parse("token_credential = \"okta.token\"");
    CHECK(config.root().required_secret("token").reveal() == "hunter2");
    CHECK(problems_of(config) == "");
    for (const char* name : {"open", "absent", "", "..", "/etc/passwd", "a/b"}) {
        auto bad = file::parse("token_credential = \"" + std::string(name) + "\"");
        CHECK(bad.root().required_secret("token").empty());
        CHECK_THAT(problems_of(bad), Catch::Contains("token_credential: "));
    }
}

TEST_CASE("a file that is read again has its old text and the secrets of now")
{
    const temporary_folder folder;
    folder.write("token", "old");
    auto config = folder.load("token_file = \"token\"");
    CHECK(config.root().required_secret("token").reveal() == "old");
    CHECK(folder.problems(config) == "");
    folder.write("token", "new");
    folder.write("f.toml", "token_file = \"another\"");
    auto again = config.again();
    CHECK(again.root().required_secret("token").reveal() == "new");
    CHECK(folder.problems(again) == "");
    folder.write("token", "");
    auto bad = config.again();
    CHECK(bad.root().required_secret("token").empty());
    CHECK_THAT(folder.problems(bad), Catch::Contains("f.toml:1: token_file: the secret file is empty"));
}

TEST_CASE("a missing secret is a problem only where it is required")
{
    auto config = file::parse("[a]\n", "f");
    auto a = config.root().sub("a");
    CHECK_FALSE(a.optional_secret("token"));
    CHECK(a.required_secret("token").empty());
    CHECK(problems_of(config) == "f:1: a.token_file: missing; add token_file = \"path\" or token_env = \"NAME\"");
}

TEST_CASE("a secret file that others may read is refused with the fix, whoever the others are")
{
    const temporary_folder folder;
    const int mode = GENERATE(0640, 0604, 0620, 0602, 0644, 0666);
    folder.write("token", "hunter2", fs::perms(mode));
    auto config = folder.load("token_file = \"token\"");
    CHECK(config.root().required_secret("token").empty());
    CHECK(folder.problems(config) ==
          "f.toml:1: token_file: the secret file is open to group or others; run chmod 600 on it");
}

TEST_CASE("a secret file that only its owner may read is taken")
{
    const temporary_folder folder;
    folder.write("token", "hunter2", fs::perms(0400));
    auto config = folder.load("token_file = \"token\"");
    CHECK(config.root().required_secret("token").reveal() == "hunter2");
    CHECK(folder.problems(config) == "");
}

TEST_CASE("secret sources that give nothing are problems with a fix")
{
    const temporary_folder folder;
    const environment_variable empty("RECLAIM_TEST_EMPTY", "");
    folder.write("empty", "");
    folder.write("newline", "\n");
    folder.write("large", std::string(65 * 1024, 'x'));
    auto config =
        folder.load("a_file = \"absent\"\nb_file = \"empty\"\nc_file = \"newline\"\nd_file = \".\"\n"
                    "e_file = \"large\"\nf_env = \"RECLAIM_TEST_UNSET\"\ng_env = \"RECLAIM_TEST_EMPTY\"\nh_file = 1\n");
    auto root = config.root();
    for (const char* key : {"a", "b", "c", "d", "e", "f", "g", "h"})
        CHECK(root.required_secret(key).empty());
    CHECK(folder.problems(config) ==
          "f.toml:1: a_file: the secret file cannot be opened: No such file or directory; check the path and its "
          "permissions\n"
          "f.toml:2: b_file: the secret file is empty; write the secret into it\n"
          "f.toml:3: c_file: the secret file is empty; write the secret into it\n"
          "f.toml:4: d_file: this is not a file; name the file that holds the secret\n"
          "f.toml:5: e_file: the secret file is larger than 64 KiB; name the file that holds only the secret\n"
          "f.toml:6: f_env: the environment variable is not set or empty; set it before the start\n"
          "f.toml:7: g_env: the environment variable is not set or empty; set it before the start\n"
          "f.toml:8: h_file: must be text; put it in quotation marks");
}

TEST_CASE("a secret written into the configuration is refused and not repeated")
{
    auto config = file::parse("token = \"hunter2\"\nkey = 12345\n", "f");
    CHECK(config.root().required_secret("token").empty());
    CHECK_FALSE(config.root().optional_secret("key"));
    const std::string problems = problems_of(config);
    CHECK_THAT(problems,
               Catch::StartsWith("f:1: token: a secret does not belong in this file; use token_file = \"path\" or "
                                 "token_env = \"NAME\""));
    CHECK_THAT(problems, Catch::Contains("\nf:2: key: a secret does not belong in this file"));
    CHECK_THAT(problems, !Catch::Contains("hunter2") && !Catch::Contains("12345") && !Catch::Contains("unknown"));
}

TEST_CASE("a secret put where its path or variable belongs is not repeated either")
{
    auto config = file::parse("a_file = \"hunter2\"\nb_env = \"hunter2\"\n", "f");
    config.root().required_secret("a");
    config.root().required_secret("b");
    CHECK_THAT(problems_of(config), Catch::Contains("f:1:") && Catch::Contains("f:2:") && !Catch::Contains("hunter2"));
}

TEST_CASE("a secret given twice is refused, since nobody knows which one counts")
{
    const environment_variable token("RECLAIM_TEST_TOKEN", "hunter2");
    const temporary_folder folder;
    folder.write("token", "hunter3");
    auto config = folder.load("token_file = \"token\"\ntoken_env = \"RECLAIM_TEST_TOKEN\"\n");
    CHECK_FALSE(config.root().optional_secret("token"));
    CHECK(folder.problems(config) == "f.toml:2: token_env: the secret is given twice; remove this or token_file");
}

TEST_CASE("secrets in rotation keep their order")
{
    const temporary_folder folder;
    folder.write("new", "hunter3\n");
    folder.write("old", "hunter2\n");
    auto config = folder.load("[source]\nkey_files = [\"new\", \"old\"]\n");
    const auto all = config.root().sub("source").secrets("key");
    REQUIRE(all.size() == 2);
    CHECK(all[0].reveal() == "hunter3");
    CHECK(all[1].reveal() == "hunter2");
    CHECK(folder.problems(config) == "");
}

TEST_CASE("a single secret may stand where a rotation may")
{
    const environment_variable token("RECLAIM_TEST_TOKEN", "hunter2");
    auto config = file::parse("key_env = \"RECLAIM_TEST_TOKEN\"\n");
    const auto all = config.root().secrets("key");
    REQUIRE(all.size() == 1);
    CHECK(all[0].reveal() == "hunter2");
    CHECK(problems_of(config) == "");
}

TEST_CASE("a rotation needs at least one secret, and every one it names")
{
    const temporary_folder folder;
    folder.write("good", "hunter2");
    folder.write("open", "hunter2", fs::perms(0644));
    auto config =
        folder.load("[a]\nkey_files = []\n[b]\n[c]\nkey_files = [\"good\", \"open\"]\n[d]\nkey_files = \"good\"\n"
                    "[e]\nkey_files = [\"good\"]\nkey = \"hunter2\"\n");
    auto root = config.root();
    CHECK(root.sub("a").secrets("key").empty());
    CHECK(root.sub("b").secrets("key").empty());
    CHECK(root.sub("c").secrets("key").size() == 1);
    CHECK(root.sub("d").secrets("key").empty());
    root.sub("e").secrets("key");
    const std::string problems = folder.problems(config);
    CHECK_THAT(problems, Catch::Contains("f.toml:2: a.key_files: is empty; name at least one file\n"));
    CHECK_THAT(problems,
               Catch::Contains("f.toml:3: b.key_file: missing; add key_file = \"path\" or key_env = \"NAME\"\n"));
    CHECK_THAT(problems, Catch::Contains("f.toml:5: c.key_files: entry 2: the secret file is open to group or others"));
    CHECK_THAT(problems, Catch::Contains("f.toml:7: d.key_files: must be a list of texts"));
    CHECK_THAT(problems, Catch::Contains("f.toml:10: e.key: a secret does not belong in this file"));
}
