// The load of the fan-out benchmark: many viewers of one endless answer, in one thread.
//
// Viewers throw their bytes away in the kernel (MSG_TRUNC); a few, the probes, read them and look whether the numbers
// of the MP4 fragments (mfhd) rise by one. Some may never read. Bytes are counted between two moments of silence (the
// stream comes in bursts), when everybody who keeps up has received exactly the same: whoever has less is incomplete.
//
// viewers -p PORT -u PATH -n VIEWERS [-s NEVER_READING] [-w WARM_UP_S] [-d SECONDS] [-P SERVER_PID]
// Prints one JSON object.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PROBES = 16, CONNECTING_MAX = 200, PROBE_BYTES = 1 << 20, DRAIN_BYTES = 1 << 20 };
static const uint64_t SECOND = 1000000000ull, QUIET = 25000000ull;

typedef enum { CONNECTING, REQUESTED, STREAMING, ENDED } State;

typedef struct {
    int socket, never_reads, head_bytes;
    State state;
    uint64_t bytes, bytes_at_start;
    char head[1024];
    // Of a probe only:
    char *carry;
    size_t carry_bytes;
    uint32_t number;
} Viewer;

static Viewer *viewers;
static int viewer_count = 100, opened, streaming, ended, refused, gaps, fragments;
static int epoll, server_pid;
static char request[512];
static int request_bytes;
static uint64_t last_byte_at, last_sample_at;
static long socket_memory_most;
static char drain[DRAIN_BYTES];

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

// Seconds on a CPU of all of the server's threads.
static double server_cpu(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", server_pid);
    DIR *tasks = server_pid ? opendir(path) : NULL;
    if (!tasks) return 0;
    double sum = 0;
    struct dirent *task;
    while ((task = readdir(tasks))) {
        if (task->d_name[0] == '.') continue;
        char name[128];
        snprintf(name, sizeof name, "/proc/%d/task/%.20s/schedstat", server_pid, task->d_name);
        FILE *file = fopen(name, "r");
        unsigned long long on_cpu = 0;
        if (file) {
            if (fscanf(file, "%llu", &on_cpu) == 1) sum += (double)on_cpu / SECOND;
            fclose(file);
        }
    }
    closedir(tasks);
    return sum;
}

static long server_rss(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/statm", server_pid);
    FILE *file = server_pid ? fopen(path, "r") : NULL;
    long pages = 0;
    if (file) {
        if (fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
        fclose(file);
    }
    return pages * sysconf(_SC_PAGESIZE);
}

// Memory of all TCP sockets of this machine, both ends of each connection.
static long socket_memory(void) {
    FILE *file = fopen("/proc/net/sockstat", "r");
    char line[256];
    long pages = 0;
    while (file && fgets(line, sizeof line, file)) {
        char *place = strstr(line, " mem ");
        if (!strncmp(line, "TCP:", 4) && place) pages = atol(place + 5);
    }
    if (file) fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static double own_cpu(void) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static void end(Viewer *viewer) {
    if (viewer->state == STREAMING) streaming--;
    viewer->state = ENDED;
    ended++;
    close(viewer->socket);
}

static void open_viewers(const struct sockaddr_in *address, int never_reading) {
    while (opened < viewer_count && opened - streaming - ended < CONNECTING_MAX) {
        Viewer *viewer = &viewers[opened];
        viewer->never_reads = opened >= viewer_count - never_reading;
        if (opened % (viewer_count / PROBES + 1) == 0 && !viewer->never_reads) viewer->carry = malloc(PROBE_BYTES);
        viewer->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (viewer->socket < 0) {
            perror("socket");
            exit(1);
        }
        opened++;
        if (connect(viewer->socket, (const void *)address, sizeof *address) < 0 && errno != EINPROGRESS) {
            end(viewer);
            continue;
        }
        struct epoll_event event = {.events = EPOLLOUT, .data.ptr = viewer};
        epoll_ctl(epoll, EPOLL_CTL_ADD, viewer->socket, &event);
    }
}

static void send_request(Viewer *viewer) {
    if (send(viewer->socket, request, request_bytes, MSG_NOSIGNAL) != request_bytes) {
        end(viewer);
        return;
    }
    viewer->state = REQUESTED;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = viewer};
    epoll_ctl(epoll, EPOLL_CTL_MOD, viewer->socket, &event);
}

static void read_head(Viewer *viewer) {
    // Byte by byte near the end would be needed to stop exactly behind the head; peeking does it in two calls.
    ssize_t count = recv(viewer->socket, viewer->head, sizeof viewer->head - 1, MSG_PEEK);
    if (count <= 0) {
        if (count == 0 || errno != EAGAIN) end(viewer);
        return;
    }
    viewer->head[count] = 0;
    char *behind = strstr(viewer->head, "\r\n\r\n");
    if (!behind) {
        if (count == sizeof viewer->head - 1) end(viewer);
        return;
    }
    if (strncmp(viewer->head, "HTTP/1.1 200", 12)) {
        if (!refused++) fprintf(stderr, "refused: %.200s\n", viewer->head);
        end(viewer);
        return;
    }
    recv(viewer->socket, viewer->head, (size_t)(behind + 4 - viewer->head), 0);
    viewer->state = STREAMING;
    streaming++;
    if (viewer->never_reads) epoll_ctl(epoll, EPOLL_CTL_DEL, viewer->socket, NULL);
}

// Finds the fragment numbers: `mfhd`, version and flags 0, number.
static void look_for_numbers(Viewer *viewer, size_t count) {
    size_t total = viewer->carry_bytes + count;
    char *place = viewer->carry, *last = viewer->carry + total;
    while ((place = memmem(place, (size_t)(last - place), "mfhd\0\0\0\0", 8)) && last - place >= 12) {
        uint32_t number;
        memcpy(&number, place + 8, 4);
        number = ntohl(number);
        if (viewer->number && number != viewer->number + 1) gaps++;
        viewer->number = number;
        fragments++;
        place += 12;
    }
    size_t keep = place ? (size_t)(last - place) : total < 11 ? total : 11;
    memmove(viewer->carry, last - keep, keep);
    viewer->carry_bytes = keep;
}

static void read_stream(Viewer *viewer) {
    ssize_t count = viewer->carry ? recv(viewer->socket, viewer->carry + viewer->carry_bytes,
                                         PROBE_BYTES - viewer->carry_bytes, 0)
                                  : recv(viewer->socket, drain, DRAIN_BYTES, MSG_TRUNC);
    if (count <= 0) {
        if (count == 0 || errno != EAGAIN) end(viewer);
        return;
    }
    viewer->bytes += (uint64_t)count;
    last_byte_at = now();
    if (viewer->carry) look_for_numbers(viewer, (size_t)count);
}

static void turn(void) {
    struct epoll_event events[512];
    int ready = epoll_wait(epoll, events, 512, 5);
    for (int index = 0; index < ready; index++) {
        Viewer *viewer = events[index].data.ptr;
        switch (viewer->state) {
        case CONNECTING: send_request(viewer); break;
        case REQUESTED: read_head(viewer); break;
        case STREAMING: read_stream(viewer); break;
        case ENDED: break;
        }
    }
    // What is under way in a burst, not what is left after it.
    if (ready && now() - last_sample_at > 10000000ull) {
        last_sample_at = now();
        long memory = socket_memory();
        if (memory > socket_memory_most) socket_memory_most = memory;
    }
}

// Runs until `due`, and from there until nothing has come for a while; false when that does not happen in 2 s.
static int run_until_quiet_after(uint64_t due) {
    while (now() < due) turn();
    uint64_t before = last_byte_at;
    while (now() < due + 2 * SECOND) {
        turn();
        if (last_byte_at != before && now() - last_byte_at > QUIET) return 1;
    }
    return 0;
}

int main(int count, char **words) {
    int port = 0, never_reading = 0, option;
    double warm_up = 2, seconds = 5;
    const char *path = "/";
    while ((option = getopt(count, words, "p:u:n:s:w:d:P:")) != -1) switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'u': path = optarg; break;
        case 'n': viewer_count = atoi(optarg); break;
        case 's': never_reading = atoi(optarg); break;
        case 'w': warm_up = atof(optarg); break;
        case 'd': seconds = atof(optarg); break;
        case 'P': server_pid = atoi(optarg); break;
        default: return 2;
        }
    signal(SIGPIPE, SIG_IGN);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    request_bytes = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path);
    viewers = calloc((size_t)viewer_count, sizeof *viewers);
    epoll = epoll_create1(0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    long rss_before = server_rss(), memory_before = socket_memory();
    uint64_t started = now();
    while (streaming + ended < viewer_count && now() < started + 30 * SECOND) {
        open_viewers(&address, never_reading);
        turn();
    }
    double connect_seconds = (double)(now() - started) / SECOND;
    int connected = streaming;

    int is_quiet = run_until_quiet_after(now() + (uint64_t)(warm_up * SECOND));
    double cpu = server_cpu(), own = own_cpu();
    uint64_t begun = now();
    for (int index = 0; index < viewer_count; index++) viewers[index].bytes_at_start = viewers[index].bytes;
    gaps = fragments = 0;
    socket_memory_most = 0;
    is_quiet &= run_until_quiet_after(begun + (uint64_t)(seconds * SECOND));
    cpu = server_cpu() - cpu;
    own = own_cpu() - own;
    double window = (double)(now() - begun) / SECOND;

    uint64_t sum = 0, most = 0, least = UINT64_MAX;
    int reading = 0, incomplete = 0;
    for (int index = 0; index < viewer_count; index++) {
        Viewer *viewer = &viewers[index];
        if (viewer->never_reads) continue;
        uint64_t bytes = viewer->bytes - viewer->bytes_at_start;
        sum += bytes;
        reading++;
        if (bytes > most) most = bytes;
        if (bytes < least) least = bytes;
    }
    for (int index = 0; index < viewer_count; index++)
        incomplete += !viewers[index].never_reads && viewers[index].bytes - viewers[index].bytes_at_start < most;
    printf("{\"viewers\": %d, \"connected\": %d, \"refused\": %d, \"ended\": %d, \"connectSeconds\": %.3f, "
           "\"seconds\": %.3f, \"isQuiet\": %s, \"reading\": %d, \"incomplete\": %d, \"bytes\": %llu, "
           "\"bytesMost\": %llu, \"bytesLeast\": %llu, \"probeFragments\": %d, \"probeGaps\": %d, "
           "\"serverCpuSeconds\": %.4f, \"rssBefore\": %ld, \"rssAfter\": %ld, \"socketMemoryBefore\": %ld, "
           "\"socketMemoryMost\": %ld, \"generatorCpuShare\": %.2f}\n",
           viewer_count, connected, refused, ended, connect_seconds, window, is_quiet ? "true" : "false", reading,
           incomplete, (unsigned long long)sum, (unsigned long long)most, (unsigned long long)least, fragments, gaps,
           cpu, rss_before, server_rss(), memory_before, socket_memory_most, own / window);
    return 0;
}
