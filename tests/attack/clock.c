/* A clock that a test sets: LD_PRELOAD, and a file with "OFFSET FACTOR BASE" at $ATTACK_CLOCK, read at each question.
   Only the time of day is changed. libfaketime changes monotonic clocks as well, or breaks absolute sleeps. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int (*real)(clockid_t, struct timespec *);

static void set(struct timespec *now)
{
    char text[128] = "";
    double offset = 0, factor = 1, base = 0;
    const char *path = getenv("ATTACK_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0 || sscanf(text, "%lf %lf %lf", &offset, &factor, &base) != 3)
        return;
    double passed = (double)now->tv_sec - base + now->tv_nsec / 1e9;
    long long nanoseconds = now->tv_nsec + (long long)((passed * (factor - 1) + (offset - (long long)offset)) * 1e9);
    long long seconds = nanoseconds / 1000000000LL;
    nanoseconds %= 1000000000LL;
    if (nanoseconds < 0) {
        nanoseconds += 1000000000LL;
        seconds--;
    }
    now->tv_sec += (long long)offset + seconds;
    now->tv_nsec = nanoseconds;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (!real)
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (!result && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        set(now);
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *where)
{
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (where)
        *where = exact.tv_sec;
    return exact.tv_sec;
}
