#include "worker/meters.hpp"

namespace reclaim::worker {

meters::meters(metrics::registry& in)
    : claimed(in.counter("reclaim_worker_jobs_claimed_total", "Jobs claimed.")),
      leases_lost(in.counter("reclaim_worker_leases_lost_total", "Jobs dropped because their lease was lost.")),
      jobs_freed(in.counter("reclaim_worker_jobs_freed_total", "Jobs taken back from workers that died.")),
      in_flight(in.gauge("reclaim_worker_jobs_in_flight", "Jobs held by this worker.")),
      database_up(in.gauge("reclaim_worker_database_up", "1 while the database answers.")),
      batch_size(in.histogram("reclaim_worker_commit_records", "Records written in one commit.",
                              {1, 2, 5, 10, 20, 50, 100, 200, 500})),
      vendor_calls_({"connector", "call", "outcome"},
                    [&in](const metrics::labels& with) {
                        return in.counter("reclaim_worker_vendor_calls_total", "Calls to vendors by what came of them.",
                                          with);
                    }),
      vendor_seconds_({"connector", "call"},
                      [&in](const metrics::labels& with) {
                          return in.histogram("reclaim_worker_vendor_call_seconds", "How long vendors took to answer.",
                                              {0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}, with);
                      }),
      attempts_({"how"},
                [&in](const metrics::labels& with) {
                    return in.counter("reclaim_worker_attempts_total", "Attempts to remove a seat by how they ended.",
                                      with);
                }),
      later_looks_({"seen"},
                   [&in](const metrics::labels& with) {
                       return in.counter("reclaim_worker_later_looks_total",
                                         "Looks at removed seats by what they saw; back is access that returned.",
                                         with);
                   }),
      messages_({"topic", "how"}, [&in](const metrics::labels& with) {
          return in.counter("reclaim_worker_messages_total", "Tickets and confirmations by how each try ended.", with);
      })
{}

void meters::vendor_call(std::string_view connector, std::string_view call, std::string_view outcome, double seconds)
{
    vendor_calls_.at(connector, call, outcome).add();
    vendor_seconds_.at(connector, call).observe(seconds);
}

void meters::attempt_ended(std::string_view how)
{
    attempts_.at(how).add();
}

void meters::later_look_ended(std::string_view seen)
{
    later_looks_.at(seen).add();
}

void meters::message_ended(std::string_view topic, std::string_view how)
{
    messages_.at(topic, how).add();
}

}  // namespace reclaim::worker
