#pragma once
// What this process has seen of one connector since it last told the database, as far as that can trip its circuit
// breaker, and whether there is anything to tell: nothing, while all is well here and on record.
#include <string>
#include <utility>

namespace reclaim::worker {

class trouble {
public:
    struct report {
        int failures = 0;   // in a row; 0: the last call went well
        bool anew = false;  // one went well before them
        std::string why;    // of the last failure
    };

    void heard(bool well, const std::string& why)
    {
        seen_.failures = well ? 0 : seen_.failures + 1;
        seen_.anew = seen_.anew || well;
        if (!well)
            seen_.why = why;
    }
    // What is on record. What went well here before we heard of failures elsewhere says nothing of them.
    void learn(bool on_record)
    {
        if (on_record && !on_record_)
            seen_.anew = false;
        on_record_ = on_record;
    }
    bool worth_telling() const { return seen_.failures > 0 || (seen_.anew && on_record_); }
    report take()
    {
        on_record_ = seen_.failures > 0;
        return std::exchange(seen_, {});
    }
    // The database was not reached: told again, together with what came since.
    void put_back(report untold)
    {
        on_record_ = true;
        if (seen_.anew)
            return;  // one went well since
        seen_.failures += untold.failures;
        seen_.anew = untold.anew;
        if (seen_.why.empty())
            seen_.why = std::move(untold.why);
    }

private:
    report seen_;
    bool on_record_ = false;
};

}  // namespace reclaim::worker
