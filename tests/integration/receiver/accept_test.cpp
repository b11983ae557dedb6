#include "tests/integration/receiver/fixture.hpp"

using namespace reclaim::testing;

TEST_CASE("an accepted approval is in all four tables before its answer")
{
    open_database db;
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        const auto got = co_await program.send("msg_1", approval("apr/1"));
        CHECK(got.status == 202);
        CHECK(got.at("/job_id") == "1");
        CHECK(got.at("/status_url") == R"("/v1/approvals/apr%2F1")");
        CHECK(db.run("select convert_from(body, 'UTF8') from reclaim.approval where approval_ref = 'apr/1'") ==
              approval("apr/1"));
        CHECK(db.run("select verdict || ' ' || job_id from reclaim.delivery where delivery_id = 'msg_1'") ==
              "accepted 1");
        CHECK(db.run("select state from reclaim.job where id = 1") == "validate");
        CHECK(db.run("select event_type || ' ' || actor_ref from reclaim.audit where job_id = 1") ==
              "received approvals");
        CHECK(db.run("select encode(body_sha256, 'hex') from reclaim.approval where id = 1") ==
              reclaim::crypto::to_hex(reclaim::crypto::as_bytes(reclaim::crypto::sha256(approval("apr/1")))));
        // The receiver's commitments are those that the database would have made.
        CHECK(db.run("select commitments = reclaim.commit_to(salts, 'suarb', reclaim.personal_values(seat, subject, "
                     "approver, requester, "
                     "body)) and length(commitments) = 4 * 33 from reclaim.approval a join reclaim.audit on job_id = "
                     "a.id") == "t");
    });
}

TEST_CASE("a duplicate gets the same answer again and leaves its own trace")
{
    open_database db;
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        const auto first = co_await program.send("msg_1", approval("apr_1"));
        const auto again = co_await program.send("msg_1", approval("apr_1"));
        const auto other_delivery = co_await program.send("msg_2", approval("apr_1"));
        for (const auto& each : {again, other_delivery}) {
            CHECK(each.status == 202);
            CHECK(each.at("/duplicate") == "true");
            CHECK(each.at("/job_id") == first.at("/job_id"));
        }
        CHECK(db.number("select count(*) from reclaim.delivery") == 3);
        CHECK(db.number("select count(*) from reclaim.job") == 1);
    });
}

TEST_CASE("the same id or the same approval with other content is a conflict, and the first one stands")
{
    open_database db;
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        co_await program.send("msg_1", approval("apr_1"));
        const auto same_delivery = co_await program.send("msg_1", approval("apr_2"));
        const auto same_approval = co_await program.send("msg_2", approval("apr_1", "seat-2"));
        CHECK(same_delivery.status == 409);
        CHECK(same_approval.status == 409);
        CHECK(db.number("select count(*) from reclaim.job") == 1);
        CHECK(db.run("select seat from reclaim.approval") == "seat-1");
    });
}

TEST_CASE("with the trigger off approvals stay with the sender and nothing is written, while flags still count")
{
    test_database db;
    with_receiver(config_for(db.conninfo("reclaim_receiver")), [&](running_receiver& program) -> asio::awaitable<void> {
        const auto got = co_await program.send("msg_1", approval("apr_1"));
        CHECK(got.status == 503);
        CHECK(reclaim::http::find(got.headers, "Retry-After") == "60");
        CHECK(db.number("select count(*) from reclaim.delivery") == 0);
        const auto flag = co_await program.send(
            "msg_2", R"({"type":"seat.flagged","data":{"app":"figma","seat":"s","subject":"u"}})");
        CHECK(flag.status == 202);
        CHECK(flag.at("/flag_epoch") == "1");
    });
}

TEST_CASE("flags are set and cleared, and a cancellation stops a removal that has not begun")
{
    open_database db;
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        const auto flagged = co_await program.send(
            "f1",
            R"({"type":"seat.flagged","data":{"app":"figma","seat":"seat-1","subject":"u1","rule":"idle","currency":"EUR",
                "unit_cost_minor":1500,"last_activity_at":"2026-01-01T01:00:00+01:00"}})");
        CHECK(flagged.at("/verdict") == R"("flagged")");
        CHECK(
            db.run("select state || ' ' || currency || ' ' || last_activity_at at time zone 'UTC' from reclaim.seat") ==
            "flagged EUR 2026-01-01 00:00:00");

        co_await program.send("msg_1", approval("apr_1"));
        const auto cancelled =
            co_await program.send("c1", R"({"type":"seat.removal.cancelled","data":{"approval_id":"apr_1"}})");
        CHECK(cancelled.status == 202);
        CHECK(cancelled.at("/applied") == "true");
        CHECK(db.number("select count(*) from reclaim.audit where event_type = 'cancelled'") == 1);

        const auto cleared =
            co_await program.send("f2", R"({"type":"seat.unflagged","data":{"app":"figma","seat":"seat-1"}})");
        CHECK(cleared.status == 202);
        CHECK(db.run("select state from reclaim.seat") == "active");
        const auto nothing_to_clear =
            co_await program.send("f3", R"({"type":"seat.unflagged","data":{"app":"figma","seat":"x"}})");
        CHECK(nothing_to_clear.status == 200);
        CHECK(nothing_to_clear.at("/applied") == "false");
    });
}

TEST_CASE("a second approver is heard after the approval, once, and not if they are the first")
{
    open_database db;
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        const auto second = [](const std::string& who) {
            return R"({"type":"seat.removal.seconded","data":{"approval_id":"apr_1","approver":")" + who +
                   R"(","approved_at":"2026-01-01T00:00:00Z"}})";
        };
        CHECK((co_await program.send("s1", second("cfo"))).status == 404);
        co_await program.send("msg_1", approval("apr_1"));
        const auto heard = co_await program.send("s1", second("cfo"));
        CHECK(heard.status == 202);
        CHECK(heard.at("/verdict") == R"("seconded")");
        const auto first = db.run("select approver from reclaim.approval");
        const auto same = co_await program.send("s2", second(first));
        CHECK(same.status == 200);
        CHECK(same.at("/applied") == "false");
        CHECK(db.run("select string_agg(reason_text, ' ') from reclaim.journal where event_type = 'seconded'") ==
              "cfo");
    });
}

TEST_CASE("a cancellation that overtakes its approval is repeated by the sender and then counts")
{
    open_database db;
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        const std::string cancel = R"({"type":"seat.removal.cancelled","data":{"approval_id":"apr_1"}})";
        const auto early = co_await program.send("c1", cancel);
        CHECK(early.status == 404);
        co_await program.send("msg_1", approval("apr_1"));
        const auto again = co_await program.send("c1", cancel);
        CHECK(again.status == 202);
        CHECK(again.at("/verdict") == R"("cancelled")");
    });
}

TEST_CASE("a cancellation after the removal has begun is answered too late, with what can be done")
{
    open_database db;
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        co_await program.send("msg_1", approval("apr_1"));
        db.run(
            "set session_replication_role = replica; update reclaim.job set state = 'revoke', effect_possible = true");
        const auto got =
            co_await program.send("c1", R"({"type":"seat.removal.cancelled","data":{"approval_id":"apr_1"}})");
        CHECK(got.status == 200);
        CHECK(got.at("/verdict") == R"("too_late")");
        CHECK(got.at("/detail").find("cannot be cancelled") != std::string::npos);
    });
}

TEST_CASE("a source sees the status of its own approvals, with its token alone")
{
    open_database db;
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        const auto sent = co_await program.send("msg_1", approval("apr/1"));
        const auto own = co_await program.get("/v1/approvals/apr%2F1", status_token);
        CHECK(own.status == 200);
        CHECK(own.at("/state") == R"("validate")");
        CHECK(own.at("/timeline/0/event") == R"("received")");
        const auto foreign = co_await program.get("/v1/approvals/apr%2F1", "the-token-of-the-other");
        CHECK(foreign.status == 404);
        const auto wrong = co_await program.get("/v1/approvals/apr%2F1", "the-token-of-nobody");
        CHECK(wrong.status == 401);
        const auto broken = co_await program.get("/v1/approvals/%ff", status_token);
        CHECK(broken.status == 400);
    });
}

TEST_CASE("the sources' names keep equal ids apart")
{
    open_database db;
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        const auto one = co_await program.send("msg_1", approval("apr_1"));
        const auto two = co_await program.ask(signed_request(secret_c, "other", "msg_1", approval("apr_1", "seat-2")));
        CHECK(one.status == 202);
        CHECK(two.status == 202);
        CHECK(two.at("/duplicate").empty());
        CHECK(db.number("select count(*) from reclaim.job") == 2);
    });
}

TEST_CASE("workers that listen hear of new jobs")
{
    open_database db;
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        const auto listener =
            co_await reclaim::pg::connection::open({db.conninfo("reclaim_worker"), "test"}, steady::now() + 5s);
        co_await listener->listen("reclaim_job", steady::now() + 5s);
        co_await program.send("msg_1", approval("apr_1"));
        const auto channels = co_await listener->notifications(steady::now() + 5s);
        CHECK(channels == std::vector<std::string>{"reclaim_job"});
    });
}
