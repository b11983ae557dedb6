#include "worker/evidence/removal_table.hpp"

#include <catch2/catch.hpp>

using namespace reclaim::worker::evidence;

TEST_CASE("a row of a table is what RFC 4180 says, and no spreadsheet runs it")
{
    removal_row row(removal_columns.size() + name_columns.size());
    row[0] = "7";
    row[1] = "a,b";
    row[2] = "say \"x\"";
    row[3] = "=cmd()";
    row[4] = "-1";
    row[5] = "two\nlines";
    row[removal_columns.size()] = "ada@example.com";
    const auto without = csv_line(row, names::left_out);
    CHECK(without == "7,\"a,b\",\"say \"\"x\"\"\",'=cmd(),'-1,\"two\nlines\",,,,,,,,,,,,,,\n");
    CHECK(csv_line(row, names::shown) == without.substr(0, without.size() - 1) + ",ada@example.com,,,\n");
    CHECK(csv_line(row, names::left_out, {"1", "00ff"}) == "1,00ff," + without);
    CHECK(csv_head(names::shown, sample_columns()).starts_with("sample_no,draw,leaf_index,job_id,"));
    CHECK(csv_head(names::shown).ends_with(",key_id,seat,subject,approver,requester\n"));
}

TEST_CASE("the draw of a removal is what sha256sum says of seed, colon and place")
{
    // printf '%s' '5 3 1:42' | sha256sum
    CHECK(draw("5 3 1", "42") == "d600c16abaacba9fb4299dac2ef5384d7017b30ddc3f82564a51b0c93656d1ec");
}
