// Preloaded into a program under test: lets its k-th call of libpq fail, in the way that libpq itself reports it, and
// only that one.
//
// RECLAIM_FAIL_CALL: which, from 1, over the life of the process; 0 or absent: none. RECLAIM_FAIL_REPORT: a file that
// gets the name of every call as one line, the failed one with "failed " before it. Counted are the calls that can fail
// and that the programs make while they run.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <libpq-fe.h>
#include <string>
#include <sys/socket.h>

namespace {

// Whether this call is the one.
bool strikes(const char* name)
{
    static const long wanted = [] {
        const char* text = std::getenv("RECLAIM_FAIL_CALL");
        return text ? std::atol(text) : 0;
    }();
    static FILE* const report = [] {
        const char* path = std::getenv("RECLAIM_FAIL_REPORT");
        return path ? std::fopen(path, "we") : nullptr;
    }();
    static long calls = 0;  // the programs have one thread
    const bool now = ++calls == wanted;
    if (report) {
        std::fprintf(report, "%s%s\n", now ? "failed " : "", name);
        std::fflush(report);  // whatever becomes of the process
    }
    return now;
}

template <class Function>
Function real(const char* name)
{
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

// The other side is gone. libpq finds out at its next system call, as it would in life.
void break_connection(PGconn* conn)
{
    if (const int socket = PQsocket(conn); socket >= 0)
        shutdown(socket, SHUT_RDWR);
}

}  // namespace

#define REAL(name) static const auto next = real<decltype(&name)>(#name)

extern "C" {

// Out of memory before anything began.
PGconn* PQconnectStartParams(const char* const* keywords, const char* const* values, int expand_dbname)
{
    REAL(PQconnectStartParams);
    return strikes("PQconnectStartParams") ? nullptr : next(keywords, values, expand_dbname);
}

PostgresPollingStatusType PQconnectPoll(PGconn* conn)
{
    REAL(PQconnectPoll);
    if (!strikes("PQconnectPoll"))
        return next(conn);
    break_connection(conn);
    next(conn);  // leaves the reason in the connection
    return PGRES_POLLING_FAILED;
}

int PQsetnonblocking(PGconn* conn, int arg)
{
    REAL(PQsetnonblocking);
    return strikes("PQsetnonblocking") ? -1 : next(conn, arg);
}

int PQenterPipelineMode(PGconn* conn)
{
    REAL(PQenterPipelineMode);
    return strikes("PQenterPipelineMode") ? 0 : next(conn);
}

// The four that put something into the buffer fail where there is no memory for it. The connection knows nothing of it.
int PQsendPrepare(PGconn* conn, const char* name, const char* query, int count, const Oid* types)
{
    REAL(PQsendPrepare);
    return strikes("PQsendPrepare") ? 0 : next(conn, name, query, count, types);
}

int PQsendQueryParams(PGconn* conn, const char* command, int count, const Oid* types, const char* const* values,
                      const int* lengths, const int* formats, int result_format)
{
    REAL(PQsendQueryParams);
    return strikes("PQsendQueryParams") ? 0
                                        : next(conn, command, count, types, values, lengths, formats, result_format);
}

int PQsendQueryPrepared(PGconn* conn, const char* name, int count, const char* const* values, const int* lengths,
                        const int* formats, int result_format)
{
    REAL(PQsendQueryPrepared);
    return strikes("PQsendQueryPrepared") ? 0 : next(conn, name, count, values, lengths, formats, result_format);
}

int PQpipelineSync(PGconn* conn)
{
    REAL(PQpipelineSync);
    return strikes("PQpipelineSync") ? 0 : next(conn);
}

int PQflush(PGconn* conn)
{
    REAL(PQflush);
    if (!strikes("PQflush"))
        return next(conn);
    break_connection(conn);
    next(conn);
    return -1;
}

int PQconsumeInput(PGconn* conn)
{
    REAL(PQconsumeInput);
    if (!strikes("PQconsumeInput"))
        return next(conn);
    break_connection(conn);
    next(conn);
    return 0;
}

// The connection ends while a result is waited for: an error without SQLSTATE, and a connection that is bad from here
// on.
PGresult* PQgetResult(PGconn* conn)
{
    REAL(PQgetResult);
    if (!strikes("PQgetResult"))
        return next(conn);
    break_connection(conn);
    static const auto consume = real<decltype(&PQconsumeInput)>("PQconsumeInput");
    while (PQstatus(conn) == CONNECTION_OK && consume(conn) == 1) {
    }
    return PQmakeEmptyPGresult(conn, PGRES_FATAL_ERROR);
}

}  // extern "C"
