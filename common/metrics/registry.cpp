#include "common/metrics/registry.hpp"

#include <algorithm>
#include <functional>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <stdexcept>

namespace reclaim::metrics {

void counter::add(double amount)
{
    if (impl_)
        impl_->Increment(amount);
}

void gauge::set(double value)
{
    if (impl_)
        impl_->Set(value);
}

void histogram::observe(double value)
{
    if (impl_)
        impl_->Observe(value);
}

struct registry::impl {
    prometheus::Registry series;
    std::map<std::string, std::string> help_of;

    // prometheus-cpp itself refuses a name in two kinds, but keeps the first help of a name silently.
    void check_help(const std::string& name, const std::string& help)
    {
        if (help_of.emplace(name, help).first->second != help)
            throw std::invalid_argument("metric " + name + " has two help texts");
    }
};

registry::registry() : impl_(std::make_unique<impl>()) {}
registry::~registry() = default;

counter registry::counter(const std::string& name, const std::string& help, const labels& with)
{
    impl_->check_help(name, help);
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->series);
    return metrics::counter(&family.Add(with));
}

gauge registry::gauge(const std::string& name, const std::string& help, const labels& with)
{
    impl_->check_help(name, help);
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->series);
    return metrics::gauge(&family.Add(with));
}

histogram registry::histogram(const std::string& name, const std::string& help, std::vector<double> bounds,
                              const labels& with)
{
    if (std::adjacent_find(bounds.begin(), bounds.end(), std::greater_equal<>()) != bounds.end())
        throw std::invalid_argument("metric " + name + ": bucket bounds must rise");
    impl_->check_help(name, help);
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->series);
    return metrics::histogram(&family.Add(with, bounds));
}

std::string registry::render() const
{
    return static_cast<const prometheus::Serializer&>(prometheus::TextSerializer()).Serialize(impl_->series.Collect());
}

}  // namespace reclaim::metrics
