#pragma once
// Prometheus metrics of this process. Handles are cheap to copy and live as long as the registry; names carry their
// unit
// (_seconds, _bytes, _total). Not thread-safe beyond what prometheus-cpp gives; the programs have one thread.
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace reclaim::metrics {

using labels = std::map<std::string, std::string>;

class counter {
public:
    counter() = default;
    explicit counter(prometheus::Counter* c) : impl_(c) {}
    void add(double amount = 1);

private:
    prometheus::Counter* impl_ = nullptr;
};

class gauge {
public:
    gauge() = default;
    explicit gauge(prometheus::Gauge* g) : impl_(g) {}
    void set(double value);

private:
    prometheus::Gauge* impl_ = nullptr;
};

class histogram {
public:
    histogram() = default;
    explicit histogram(prometheus::Histogram* h) : impl_(h) {}
    void observe(double value);

private:
    prometheus::Histogram* impl_ = nullptr;
};

class registry {
public:
    registry();
    ~registry();

    // The same name and labels give the same series; the same name with another kind or help is a bug and throws.
    metrics::counter counter(const std::string& name, const std::string& help, const labels& with = {});
    metrics::gauge gauge(const std::string& name, const std::string& help, const labels& with = {});
    metrics::histogram histogram(const std::string& name, const std::string& help, std::vector<double> bounds,
                                 const labels& with = {});

    std::string render() const;  // Prometheus text exposition format 0.0.4

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace reclaim::metrics
