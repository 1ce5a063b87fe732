/* measure OUT COMMAND...: run COMMAND, and print what it cost: status, microseconds of wall and processor time, KB.
 *
 * A process begins with the peak memory of the one that started it. Python's would hide what is smaller than itself,
 * so this program stands in between: it needs about 1 MB. The output of COMMAND goes to the file OUT, its messages to
 * OUT.err.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void onto(int number, const char *name, int flags) {
    int file = open(name, flags, 0644);
    if (file < 0 || dup2(file, number) < 0) {
        perror(name);
        _exit(126);
    }
    close(file);
}

int main(int count, char **words) {
    if (count < 3) {
        fprintf(stderr, "usage: measure OUT COMMAND...\n");
        return 2;
    }
    char messages[4096];
    snprintf(messages, sizeof messages, "%s.err", words[1]);
    struct timespec begin, end;
    struct rusage cost;
    int status;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    pid_t child = fork();
    if (child == 0) {
        onto(0, "/dev/null", O_RDONLY);
        onto(1, words[1], O_WRONLY | O_CREAT | O_TRUNC);
        onto(2, messages, O_WRONLY | O_CREAT | O_TRUNC);
        execvp(words[2], words + 2);
        fprintf(stderr, "%s: %s\n", words[2], strerror(errno));
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &cost) < 0) {
        perror("measure");
        return 2;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    long long wall = (end.tv_sec - begin.tv_sec) * 1000000LL + (end.tv_nsec - begin.tv_nsec) / 1000;
    long long processor = (cost.ru_utime.tv_sec + cost.ru_stime.tv_sec) * 1000000LL + cost.ru_utime.tv_usec
                          + cost.ru_stime.tv_usec;
#ifdef __APPLE__
    long memory = cost.ru_maxrss / 1024; /* bytes there */
#else
    long memory = cost.ru_maxrss;
#endif
    printf("%d %lld %lld %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), wall, processor, memory);
    return 0;
}
