#include "receiver/receiver_metrics.hpp"

namespace reclaim::receiver {

receiver_metrics::receiver_metrics(metrics::registry& in)
    : request_seconds(in.histogram("reclaim_receiver_request_seconds", "From a whole request read to its answer made.",
                                   {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5})),
      batch_size(in.histogram("reclaim_receiver_batch_size", "Webhooks recorded by one commit.",
                              {1, 2, 4, 8, 16, 32, 64, 128, 256})),
      waiting(in.gauge("reclaim_receiver_waiting", "Webhooks that wait for a free connection.")),
      commits(in.counter("reclaim_receiver_commits_total", "Transactions that recorded webhooks.")),
      database_up(in.gauge("reclaim_receiver_database_up", "1 when the database answered the last look, else 0.")),
      clock_distance_seconds(
          in.gauge("reclaim_receiver_clock_distance_seconds", "How far this machine's clock is from the database's.")),
      requests_({"source", "status"}, [&in](const metrics::labels& with) {
          return in.counter("reclaim_receiver_requests_total", "Webhook requests answered.", with);
      })
{}

void receiver_metrics::count_request(std::string_view source, unsigned status)
{
    requests_.at(source, std::to_string(status)).add();
}

}  // namespace reclaim::receiver
